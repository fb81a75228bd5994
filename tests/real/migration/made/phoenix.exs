# Cookies of Plug.Session's COOKIE store, as Phoenix uses it, by Plug itself: elixir -pa EBIN phoenix.exs >phoenix.json, where EBIN is
# what elixirc made of the source of plug 1.19.2 and plug_crypto, which are not in Debian: so the output is kept. phoenix.json has
# the cookies of plug_crypto 2.1.1, and of 1.2.5, whose encryption it still reads.
defmodule Made do
  @base String.duplicate("plug secret key base ", 4)
  @salts [signing_salt: "mV9bqLzt", encryption_salt: "dYg0wX2r"]

  def secret, do: @base

  # What Plug.Session sets.
  def value(reader, data, base \\ @base) do
    salts = if reader == "signed", do: Keyword.take(@salts, [:signing_salt]), else: @salts
    options = Plug.Session.init([store: :cookie, key: "_shop_key"] ++ salts)

    conn =
      Plug.Test.conn(:get, "/")
      |> Map.put(:secret_key_base, base)
      |> Plug.Session.call(options)
      |> Plug.Conn.fetch_session()

    conn = Enum.reduce(data, conn, fn {key, value}, conn -> Plug.Conn.put_session(conn, key, value) end)
    Plug.Conn.send_resp(conn, 200, "").resp_cookies["_shop_key"].value
  end

  def cookies(reader) do
    zoe = %{"user_id" => 7, "name" => "Zoë"}
    good = [case: "a session, #{reader}", reader: reader, name: "_shop_key", value: value(reader, zoe), now: 1_768_435_200, gives: zoe]
    other = %{"signed" => "encrypted", "encrypted" => "signed"}[reader]
    another = value(reader, zoe, String.duplicate("another secret key base ", 4))

    [
      good,
      Keyword.merge(good, case: "another key, #{reader}", value: another, gives: "not authentic"),
      Keyword.merge(good, case: "the other form, #{reader}", value: value(other, zoe), gives: "malformed"),
      Keyword.merge(good, case: "nobody's session, #{reader}", value: value(reader, %{"cart" => 1}), gives: "unreadable"),
      Keyword.merge(good, case: "another cookie's name, #{reader}", name: "other")
    ]
  end

  # Texts, numbers, lists and maps are all there is.
  def json([{key, _} | _] = object) when is_atom(key), do: "{" <> Enum.map_join(object, ",\n ", fn {k, v} -> json("#{k}") <> ": " <> json(v) end) <> "}"
  def json(%{} = object), do: "{" <> Enum.map_join(object, ", ", fn {k, v} -> json(k) <> ": " <> json(v) end) <> "}"
  def json(list) when is_list(list), do: "[" <> Enum.map_join(list, ",\n", &json/1) <> "]"
  def json(number) when is_integer(number), do: "#{number}"
  def json(text), do: inspect(text, binaries: :as_strings, printable_limit: :infinity)
end

# Plug's own start does this.
:ets.new(Plug.Keys, [:named_table, :public])
cookies = Made.cookies("encrypted") ++ Made.cookies("signed")
IO.puts(Made.json(secrets: [Made.secret(), "mV9bqLzt", "dYg0wX2r"], cookies: cookies))

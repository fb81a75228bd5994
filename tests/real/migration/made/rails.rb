# Cookies of Rails' encrypted and signed jars, by Rails itself: ruby rails.rb >rails.json, with Debian's rails. Another version:
# ruby -rset -I activesupport/lib -I actionpack/lib -I actionview/lib rails.rb, in its source. rails.json has the cookies of three.
require "json"
require "logger"
require "active_support"
require "active_support/all"
require "active_support/messages/rotation_configuration"
require "action_controller"
require "action_dispatch"

MADE = Time.utc(2026, 1, 15)
WEEK = 7 * 24 * 3600
ZOE = { "user_id" => 7, "name" => "Zoë" }
SECRET = "f3b1" * 32
VERSION = ActionPack.version
# What config.load_defaults of the version sets.
FROM_7 = VERSION >= Gem::Version.new("7.0")

def keys(secret)
  return ActiveSupport::KeyGenerator.new(secret, iterations: 1000) unless FROM_7
  ActiveSupport::KeyGenerator.new(secret, iterations: 1000, hash_digest_class: OpenSSL::Digest::SHA256)
end

# What the middleware sets for `cookies.encrypted[name] = …` or `cookies.signed[name] = …`. Not named: the form of 5.2, which
# Rails 6 still makes unless config.action_dispatch.use_cookies_with_metadata.
def value(jar, data, named: true, secret: SECRET, expires: nil)
  env = {
    "REQUEST_METHOD" => "GET", "PATH_INFO" => "/", "HTTP_HOST" => "localhost", "rack.input" => StringIO.new,
    "action_dispatch.key_generator" => keys(secret),
    "action_dispatch.secret_key_base" => secret,
    "action_dispatch.signed_cookie_salt" => "signed cookie",
    "action_dispatch.encrypted_cookie_salt" => "encrypted cookie",
    "action_dispatch.encrypted_signed_cookie_salt" => "signed encrypted cookie",
    "action_dispatch.authenticated_encrypted_cookie_salt" => "authenticated encrypted cookie",
    "action_dispatch.use_authenticated_cookie_encryption" => true,
    "action_dispatch.use_cookies_with_metadata" => named,
    "action_dispatch.cookies_serializer" => :json,
    "action_dispatch.cookies_rotations" => ActiveSupport::Messages::RotationConfiguration.new,
  }
  app = lambda do |seen|
    ActionDispatch::Request.new(seen).cookie_jar.public_send(jar)["_shop_session"] = { value: data, expires: expires }.compact
    [200, {}, []]
  end
  _, headers, = ActionDispatch::Cookies.new(app).call(env)
  line = headers.find { |key, _| key.casecmp?("set-cookie") }.last
  Array(line).first.split(";").first.delete_prefix("_shop_session=")
end

def cases(jar, named)
  other = { signed: :encrypted, encrypted: :signed }[jar]
  with_id = ZOE.merge("session_id" => "5d1c0e3f7a9b24680f1e2d3c4b5a6978")
  ends = value(jar, ZOE, named: named, expires: MADE + WEEK)
  {
    "a session" => {},
    "with an id" => { value: value(jar, with_id, named: named) },
    "with an id, sealed again" => { value: value(jar, with_id, named: named) },
    "one that ends" => { value: ends, now: MADE.to_i + WEEK - 1 },
    "expired" => { value: ends, now: MADE.to_i + WEEK, gives: "expired" },
    "another key" => { value: value(jar, ZOE, named: named, secret: "0c7d" * 32), gives: "not authentic" },
    "nobody's session" => { value: value(jar, { "cart" => [1] }, named: named), gives: "unreadable" },
    "another cookie's name" => { name: "other" }.merge(named ? { gives: "wrong purpose" } : {}),
    "the #{other} jar's" => { value: value(other, ZOE, named: named), gives: "malformed" },
    "the other form's" => { value: value(jar, ZOE, named: !named), gives: "wrong purpose" },
  }
end

forms = FROM_7 ? [true] : [true, false]
cookies = %i[encrypted signed].product(forms).flat_map do |jar, named|
  reader = "#{jar}, #{FROM_7 ? "7 or 8" : named ? 6 : 5.2}"
  good = { reader: reader, name: "_shop_session", value: value(jar, ZOE, named: named), now: MADE.to_i, gives: ZOE }
  cases(jar, named).map { |what, changes| { case: "#{what}, #{reader}, made by #{VERSION}" }.merge(good, changes) }
end
puts JSON.pretty_generate(made_by: "Rails #{VERSION}", secrets: [SECRET], cookies: cookies)

//! The animals. Each row is a test; `nested` ones are a part of a session too.

use super::*;

/// Each row is a test; `nested` ones are a part of a session too.
macro_rules! zoo {
    ($($(#[$nested:ident])? $name:ident: $type:ty = $values:expr;)*) => {
        $(#[test]
        fn $name() {
            crate::comes_back::<$type>($values);
            $(crate::comes_back(crate::$nested::<$type>($values.boxed()));)?
        })*

        #[test]
        fn the_zoo_is_large() {
            let animals = [$(stringify!($name)),*];
            assert!(animals.len() >= 70, "{}", animals.len());
        }
    };
}

zoo! {
    // Leaves.
    booleans: bool = any::<bool>();
    small_integers: (u8, i8, u16, i16) = any::<(u8, i8, u16, i16)>();
    integers: (u32, i32, u64, i64) = any::<(u32, i32, u64, i64)>();
    large_integers: Large = any::<(i128, u128)>().prop_map(|(a, b)| Large { a, b });
    machine_integers: (usize, isize) = any::<(usize, isize)>();
    #[nested]
    floats: (f32, f64) = any::<(f32, f64)>();
    chars: (char, Option<char>) = any::<(char, Option<char>)>();
    #[nested]
    strings: String = text();
    boxed_strings: (Box<str>, Cow<'static, str>) =
        (text(), text()).prop_map(|(a, b)| (a.into(), Cow::Owned(b)));
    numbers_that_are_not_zero: (NonZeroU8, NonZeroI16, NonZeroU64) =
        any::<(NonZeroU8, NonZeroI16, NonZeroU64)>();
    wrapping_and_reversed_numbers: (Wrapping<u32>, Reverse<i8>) =
        any::<(u32, i8)>().prop_map(|(a, b)| (Wrapping(a), Reverse(b)));

    // What puts nothing on the wire.
    units: () = any::<()>();
    #[nested]
    unit_structs: Unit = Just(Unit);
    structs_without_fields: (Empty, Nothing, PhantomData<u8>) =
        Just((Empty {}, Nothing(), PhantomData));
    #[nested]
    lists_of_units: Vec<()> = vec_of(any::<()>());
    lists_of_unit_structs: Vec<(Unit, Empty)> = vec_of(Just((Unit, Empty {})));
    maps_to_units: BTreeMap<u8, ()> = btree_map(any::<u8>(), any::<()>(), 0..4);

    // Structs and tuples.
    structs: Plain = plain();
    #[nested]
    newtypes: Id = any::<u64>().prop_map(Id);
    newtypes_of_newtypes: Outer = any::<u64>().prop_map(|id| Outer(Inner(Id(id))));
    tuple_structs: Pair = (any::<u8>(), text()).prop_map(|(a, b)| Pair(a, b));
    tuples: (u8, (String, [bool; 2]), ((u16,),)) = (any::<u8>(), (text(), any::<[bool; 2]>()), any::<((u16,),)>());
    long_tuples: (u8, i8, u16, i16, u32, i32, u64, i64, (bool, char, f32, u128, u8, bool)) = any::<(u8, i8, u16, i16, u32, i32, u64, i64, (bool, char, f32, u128, u8, bool))>();
    arrays: ([u8; 0], [u16; 3], [u8; 32]) = any::<([u8; 0], [u16; 3], [u8; 32])>();
    arrays_of_arrays: [[i8; 2]; 3] = any::<[[i8; 2]; 3]>();
    arrays_of_structs: [Plain; 2] = [plain(), plain()];
    generic_structs: Page<Plain> = (vec_of(plain()), any::<u32>()).prop_map(|(rows, next)| Page { rows, next });
    #[nested]
    constant_generics: Fixed<5> = any::<[u8; 5]>().prop_map(|bytes| Fixed { bytes });

    // Options.
    options: Option<Option<u8>> = any::<Option<Option<u8>>>();
    #[nested]
    options_of_units: (Option<()>, Option<Option<Option<()>>>) =
        any::<(Option<()>, Option<Option<Option<()>>>)>();
    options_of_lists: Option<Vec<Option<String>>> = prop::option::of(vec_of(prop::option::of(text())));
    boxed_options: (Box<Option<u16>>, Option<Box<Plain>>) =
        (any::<Option<u16>>().prop_map(Box::new), prop::option::of(plain().prop_map(Box::new)));

    // Enums.
    #[nested]
    enums: Role = role();
    #[nested]
    enums_in_enums: Step = step();
    enums_with_numbers: Weekday = prop_oneof![Just(Weekday::Monday), Just(Weekday::Friday)];
    #[nested]
    enums_of_130_variants: Many = prop::sample::select(Many::ALL);
    results: Result<u8, String> = prop_oneof![any::<u8>().prop_map(Ok), text().prop_map(Err)];
    #[nested]
    results_of_results: Result<Option<Role>, Result<(), Id>> = prop_oneof![
        prop::option::of(role()).prop_map(Ok),
        Just(Err(Ok(()))),
        any::<u64>().prop_map(|id| Err(Err(Id(id)))),
    ];
    bounds: (Bound<u8>, Bound<String>) = (any::<Bound<u8>>(), text().prop_map(Bound::Excluded));

    // Collections.
    lists: Vec<Plain> = vec_of(plain());
    bytes_as_a_list: Vec<u8> = vec(any::<u8>(), 0..200);
    boxed_lists: (Box<[u8]>, Box<[String]>) =
        (vec_of(any::<u8>()), vec_of(text())).prop_map(|(a, b)| (a.into(), b.into()));
    queues: (VecDeque<u16>, LinkedList<Role>) = (vec_deque(any::<u16>(), 0..4), linked_list(role(), 0..4));
    sets: (BTreeSet<char>, HashSet<String>) = (btree_set(any::<char>(), 0..4), hash_set(text(), 0..4));
    sets_of_enums: BTreeSet<Role> = btree_set(role(), 0..4);
    maps: BTreeMap<String, Vec<u16>> = btree_map(text(), vec_of(any::<u16>()), 0..4);
    hashed_maps: HashMap<u32, (bool, char)> = hash_map(any::<u32>(), any::<(bool, char)>(), 0..4);
    #[nested]
    maps_by_enums: BTreeMap<Role, Option<Role>> = btree_map(role(), prop::option::of(role()), 0..4);
    maps_by_structs: BTreeMap<Plain, Id> = btree_map(plain(), any::<u64>().prop_map(Id), 0..3);
    maps_by_options_and_tuples: HashMap<(Option<u8>, char), BTreeMap<Id, ()>> = hash_map(
        any::<(Option<u8>, char)>(),
        btree_map(any::<u64>().prop_map(Id), any::<()>(), 0..3),
        0..3,
    );

    // Inside itself.
    #[nested]
    linked_lists: List = vec_of(any::<u8>()).prop_map(|items| {
        items.into_iter().fold(List::Nil, |rest, item| List::Cons(item, Box::new(rest)))
    });
    #[nested]
    trees: Tree = tree();
    chains: Link = vec_of(any::<bool>()).prop_map(|kinds| {
        let link = |next, on| Some(Box::new(Link { next, on }));
        Link { next: kinds.into_iter().fold(None, link), on: true }
    });
    #[nested]
    expressions: Expr = expr();
    #[nested]
    by_turns: Even = vec_of(any::<u8>()).prop_map(|items| {
        items.into_iter().fold(Even { odd: None }, |even, n| Even { odd: Some(Box::new(Odd { even, n })) })
    });
    lists_of_themselves: Kids = tree().prop_map(|tree| kids(&tree));

    // std.
    #[nested]
    addresses: (IpAddr, Ipv4Addr, Ipv6Addr) = any::<(IpAddr, Ipv4Addr, Ipv6Addr)>();
    sockets: SocketAddr = any::<(IpAddr, u16)>().prop_map(SocketAddr::from);
    #[nested]
    durations: Duration = any::<(u64, u32)>().prop_map(|(s, n)| Duration::new(s, n % 1_000_000_000));
    moments: SystemTime =
        any::<(u32, u32)>().prop_map(|(s, n)| UNIX_EPOCH + Duration::new(s.into(), n % 1_000_000_000));
    paths: PathBuf = text().prop_map(PathBuf::from);
    c_strings: CString = vec(1u8.., 0..20).prop_map(|bytes| CString::new(bytes).unwrap());
    ranges: (Range<u8>, RangeInclusive<i64>) = any::<(u8, u8, i64, i64)>().prop_map(|(a, b, c, d)| (a..b, c..=d));

    // Attributes.
    renames: Renamed = (any::<u8>(), text()).prop_map(|(kind, id)| Renamed { kind, id });
    #[nested]
    variants_renamed_by_direction: OneWayRole = prop_oneof![
        Just(OneWayRole::Guest),
        any::<u8>().prop_map(OneWayRole::User),
        any::<u8>().prop_map(|level| OneWayRole::Admin { level }),
    ];
    renames_of_all: Camel = any::<(u64, bool)>().prop_map(|(user_id, is_admin)| Camel { user_id, is_admin });
    renames_of_all_variants: Shout = prop_oneof![
        Just(Shout::NotThere),
        any::<u8>().prop_map(|since_when| Shout::LoggedIn { since_when }),
    ];
    aliases: Aliased = any::<(u8, u16)>().prop_map(|(a, b)| Aliased { a, b });
    #[nested]
    variants_with_aliases: AliasedRole = prop_oneof![Just(AliasedRole::Guest), any::<u8>().prop_map(AliasedRole::User)];
    defaults: Defaulted = (any::<u8>(), text()).prop_map(|(a, b)| Defaulted { a, b });
    defaults_of_all: AllDefaulted = (any::<u8>(), text()).prop_map(|(a, b)| AllDefaulted { a, b });
    unknown_fields_denied: Strict = any::<u8>().prop_map(|a| Strict { a });
    #[nested]
    skipped_both_ways: Skipped = any::<(u8, u8)>().prop_map(|(a, c)| Skipped { a, b: 0, c });
    #[nested]
    a_skipped_last_variant: SkippedLast = prop_oneof![Just(SkippedLast::A), any::<u8>().prop_map(SkippedLast::B)];
    transparent: Transparent = text().prop_map(|text| Transparent { text, kind: PhantomData });
    #[nested]
    transparent_lists: TransparentList = vec_of(role()).prop_map(|roles| TransparentList { roles });
    converted_from_and_into: Percent = (0u8..=100).prop_map(Percent);
    #[nested]
    converted_to_another_type: Celsius = any::<i16>().prop_map(Celsius);
    written_as_a_tuple_and_read_as_a_struct: AsTuple = (any::<u64>(), text()).prop_map(|(id, name)| AsTuple { id, name });
    #[nested]
    written_as_pairs_and_read_as_a_map: AsPairs = btree_map(any::<u8>(), any::<i32>(), 0..4).prop_map(AsPairs);
    written_as_its_inside: AsInside = any::<u64>().prop_map(AsInside);
    written_narrower_than_read: Narrow = any::<(u16, i16)>().prop_map(|(a, b)| Narrow { a: a.into(), b: b.into() });

    // Modules behind `with`, of one type on the wire.
    with_modules: With = (any::<u32>(), -9_000i32..9_000, 1u16..=365, vec_of(any::<u8>()), any::<u8>()).prop_map(
        |(seconds, year, day, bytes, json)| With {
            lasts: Duration::from_secs(seconds.into()),
            day: time::Date::from_ordinal_date(year, day).unwrap(),
            bytes,
            inside_text: json,
        },
    );
    text_that_is_parsed: Version = any::<(u16, u16)>().prop_map(|(major, minor)| Version { major, minor });
    #[nested]
    bytes: Bytes = vec(any::<u8>(), 0..200).prop_map(Bytes);
    remote_types: Remote = any::<(u8, u8)>().prop_map(|(x, y)| Remote { at: far::Point { x, y } });
}

/// It would come back as nothing at all.
#[test]
fn a_value_of_a_skipped_variant_is_refused() {
    let started = crate::cookie().slot([""]).start(SkippedLast::C).map(drop);
    assert_eq!(started, Err(hardtack::SessionError::Encode));
}

#[cfg(unix)]
mod on_unix {
    use std::ffi::OsString;

    use proptest::prelude::*;

    /// It has a variant for each system, and reads only its own.
    #[test]
    fn system_strings() {
        crate::comes_back(super::text().prop_map(OsString::from));
    }
}

//! Data that would come back different: refused when the cookie is built, or at the first value that does not fit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use hardtack::testing::{assert_shape, request_cookie, shape};
use hardtack::{
    Application, Class, Key, OpenError, SessionCookie, SessionData, SessionError, SetupError,
    Timestamp,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{assert_says, printed, shop};

fn build<T: SessionData>() -> Result<SessionCookie<T>, SetupError> {
    shop().session::<T>().build()
}

#[track_caller]
fn misfit<T: SessionData>(data: T) -> String {
    match build::<T>().unwrap().slot([""]).start(data).unwrap_err() {
        SessionError::WrittenOtherwise(misfit) => misfit.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn skip_serializing_if() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Visit {
        #[serde(skip_serializing_if = "Option::is_none")]
        coupon: Option<u8>,
        items: u8,
        user: u64,
    }
    let said = misfit(Visit { coupon: None, items: 0, user: 300 });
    assert!(said.starts_with("T.coupon is skipped when written (skip_serializing_if)"), "{said}");
    // Nothing is skipped in this one.
    let cookie = build::<Visit>().unwrap();
    let slot = cookie.slot([""]);
    slot.start(Visit { coupon: Some(1), items: 0, user: 300 }).unwrap();
    assert_eq!(slot.get().unwrap().user, 300);
    // And an update to one that would be is refused, with the session as it was.
    let emptied = slot.get().unwrap().update(|visit| visit.coupon = None);
    assert!(matches!(emptied, Err(SessionError::WrittenOtherwise(_))));
    assert_eq!(slot.get().unwrap().coupon, Some(1));
    // The pure cookie knows no shape of a value, and refuses all the same.
    let now = Timestamp::now();
    let claims = cookie.new_claims(Class::Standard, now).unwrap();
    let sealed = cookie.seal(&Visit { coupon: None, items: 0, user: 300 }, &claims, now);
    assert_eq!(sealed, Err(SessionError::Encode));
}

#[test]
fn a_variant_that_serde_skips() {
    #[derive(Serialize, Deserialize)]
    enum Plan {
        Free,
        #[serde(skip)]
        #[expect(dead_code, reason = "as its author has it")]
        Internal,
        Pro,
        Admin,
    }
    assert_says(
        build::<Plan>(),
        &["T.3 is written with a different number", "#[serde(skip)]", "Codec::Json"],
    );
    #[derive(Serialize, Deserialize)]
    struct User {
        plan: Option<Plan>,
    }
    assert_says(build::<User>(), &["T.plan.3 is written", "remove the serde attribute"]);
    let _ = [Plan::Free, Plan::Pro, Plan::Admin];
}

#[test]
fn one_sided_attributes() {
    fn signed<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*id as i64)
    }
    #[derive(Serialize, Deserialize)]
    struct Signed {
        #[serde(serialize_with = "signed")]
        id: u64,
    }
    assert_says(build::<Signed>(), &["T.id is written as a different type than it is read"]);

    #[derive(Serialize, Deserialize)]
    struct ReadOnly {
        a: u64,
        #[serde(skip_serializing, default)]
        b: u64,
        c: u64,
    }
    let _ = |read: ReadOnly| (read.a, read.b, read.c);
    assert_says(build::<ReadOnly>(), &["T.b is read but not written in its place"]);

    #[derive(Serialize, Deserialize)]
    struct WriteOnly {
        a: u64,
        #[serde(skip_deserializing)]
        b: u64,
    }
    assert_says(build::<WriteOnly>(), &["T.a is read where another name is written"]);
}

#[test]
fn what_postcard_cannot_carry() {
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    assert_says(build::<Either>(), &["Either", "deserialize_any", "Codec::Json"]);
    let _ = [Either::Number(1), Either::Text(String::new())];
}

mod before {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Session {
        pub id: u64,
        pub shop: u64,
    }
}

mod after {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Session {
        pub shop: u64,
        pub id: u64,
    }
}

#[test]
#[cfg_attr(panic = "abort", ignore = "it catches a panic")]
fn two_fields_swapped_and_no_number_raised() {
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let site = || Application::new("shop", &keys).unwrap();
    let old = site().session::<before::Session>().build().unwrap();
    let line = request_cookie(&old, Class::Standard, &before::Session { id: 7, shop: 9 }).unwrap();
    let new = site().session::<after::Session>().build().unwrap();
    assert!(matches!(new.slot([&line]).open(), Err(OpenError::UnknownShape { .. })));
    // A test says so before the deployment.
    let number = |cookie: &SessionCookie<before::Session>| {
        let told = catch_unwind(AssertUnwindSafe(|| assert_shape(cookie, ""))).unwrap_err();
        let told = told.downcast::<String>().unwrap();
        let end = told.find("\")").unwrap();
        told[end - 6..end].to_owned()
    };
    let number = number(&old);
    assert_shape(&old, &number);
    let told = catch_unwind(AssertUnwindSafe(|| assert_shape(&new, &number))).unwrap_err();
    let told = *told.downcast::<String>().unwrap();
    for words in
        ["all sessions that are open end", ".upgrade(|old", ".reads_newer(|new", &shape(&new)]
    {
        assert!(told.contains(words), "{told}");
    }
    // And the old ones can come over.
    let upgraded = site().session::<after::Session>();
    let upgraded =
        upgraded.upgrade(|old: before::Session| after::Session { shop: old.shop, id: old.id });
    let read = upgraded.build().unwrap().slot([&line]).get().unwrap();
    assert_eq!(*read, after::Session { shop: 9, id: 7 });
}

#[test]
fn a_type_renamed_with_all_that_it_holds() {
    mod then {
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct User {
            pub name: String,
            pub role: Role,
            pub address: Address,
        }
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum Role {
            Guest,
            Clerk { since: u64 },
        }
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct Address(pub String, pub u16);
    }
    #[derive(serde::Deserialize)]
    struct UserV0 {
        name: String,
        role: RoleV0,
        address: AddressV0,
    }
    #[derive(serde::Deserialize)]
    enum RoleV0 {
        Guest,
        Clerk { since: u64 },
    }
    #[derive(serde::Deserialize)]
    struct AddressV0(String, u16);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        name: String,
        since: Option<u64>,
        street: String,
        number: u16,
    }
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let site = || Application::new("shop", &keys).unwrap();
    let old = site().session::<then::User>().build().unwrap();
    let ada = then::User {
        name: "Ada".into(),
        role: then::Role::Clerk { since: 3 },
        address: then::Address("Mill Lane".into(), 5),
    };
    let _guest = then::Role::Guest;
    let line = request_cookie(&old, Class::Standard, &ada).unwrap();
    let new = site().session::<User>().upgrade(|old: UserV0| {
        let AddressV0(street, number) = old.address;
        let since = match old.role {
            RoleV0::Guest => None,
            RoleV0::Clerk { since } => Some(since),
        };
        User { name: old.name, since, street, number }
    });
    let read = new.build().unwrap().slot([&line]).get().unwrap();
    let expected =
        User { name: "Ada".into(), since: Some(3), street: "Mill Lane".into(), number: 5 };
    assert_eq!(*read, expected);
}

#[test]
fn an_upgrade_of_the_shape_that_is_written() {
    assert_says(
        shop().session::<before::Session>().upgrade(|old: before::Session| old).build(),
        &["before::Session", "have the same shape", "remove one"],
    );
}

/// Types that validate what they read.
mod parsers {
    use super::*;

    #[derive(Serialize, Deserialize)]
    pub struct Ticket {
        #[serde(deserialize_with = "in_the_future")]
        pub until: u64,
    }

    fn in_the_future<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let until = u64::deserialize(deserializer)?;
        let now = Timestamp::now().as_secs();
        if until > now { Ok(until) } else { Err(D::Error::custom("in the past")) }
    }

    #[derive(Serialize, Deserialize)]
    #[serde(try_from = "String", into = "String")]
    #[derive(Clone)]
    pub enum Role {
        Guest,
        Clerk,
    }

    impl TryFrom<String> for Role {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            match text.as_str() {
                "guest" => Ok(Self::Guest),
                "clerk" => Ok(Self::Clerk),
                other => Err(format!("no role {other:?}")),
            }
        }
    }

    impl From<Role> for String {
        fn from(role: Role) -> Self {
            match role {
                Role::Guest => "guest".into(),
                Role::Clerk => "clerk".into(),
            }
        }
    }

    #[derive(Serialize, Deserialize)]
    pub struct Slow(#[serde(deserialize_with = "slowly")] pub String);

    fn slowly<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        std::thread::sleep(Duration::from_millis(50));
        String::deserialize(deserializer)
    }

    #[derive(Serialize, Deserialize)]
    pub struct Panics(#[serde(deserialize_with = "with_expect")] pub u8);

    fn with_expect<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Ok(number.checked_sub(200).expect("a number from 200 on"))
    }
}

#[test]
fn a_moment_that_must_be_in_the_future() {
    let tickets = build::<parsers::Ticket>().unwrap();
    assert_eq!(shape(&tickets), "struct {\n  until: u64\n}\n");
}

#[test]
fn a_role_that_is_parsed_from_text() {
    use parsers::Role;
    #[derive(Serialize, Deserialize)]
    struct Clerk {
        role: Role,
        id: u64,
    }
    assert_says(
        build::<Clerk>(),
        &[
            "Clerk",
            "at T.role, it refuses every made-up value",
            "no role",
            ".sample(value)",
            ".schema(n)",
        ],
    );
    // By hand, there is no shape; what does not come back is still refused.
    assert!(shop().session::<Clerk>().schema(1).build().is_ok());
    let sample = Clerk { role: Role::Clerk, id: 0 };
    let clerks = shop().session::<Clerk>().sample(sample).build().unwrap();
    let slot = clerks.slot([""]);
    slot.start(Clerk { role: Role::Guest, id: 7 }).unwrap();
    assert!(slot.get().is_some_and(|clerk| matches!(clerk.role, Role::Guest) && clerk.id == 7));
}

#[test]
#[cfg_attr(target_os = "unknown", ignore = "nothing sleeps there")]
fn a_parser_that_takes_its_time() {
    assert_eq!(shape(&build::<parsers::Slow>().unwrap()), "string\n");
}

#[test]
#[cfg_attr(panic = "abort", ignore = "it catches a panic")]
fn a_parser_that_panics() {
    let said = printed(build::<parsers::Panics>());
    assert!(said.contains("Panics") && said.contains("its own code panics"), "{said}");
}

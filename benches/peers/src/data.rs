//! The sessions to seal: three from an application, and a text of any size for the plot.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What every contestant can encode.
pub trait Data: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + 'static> Data for T {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Role {
    Guest,
    Customer,
    Admin,
}

/// 54 bytes of postcard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Small {
    pub user_id: u64,
    pub role: Role,
    pub csrf: String,
    pub name: String,
}

/// 293 bytes of postcard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Medium {
    pub user_id: u64,
    pub tenant_id: u64,
    pub role: Role,
    pub csrf: String,
    pub name: String,
    pub email: String,
    pub locale: String,
    pub time_zone: String,
    pub avatar: String,
    pub permissions: Vec<String>,
    pub signed_in_at: u64,
    pub seen_at: u64,
    pub impersonated_by: Option<u64>,
}

/// 2,840 bytes of postcard: close to the most that fits a cookie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Large {
    pub account: Medium,
    pub cart: Vec<Item>,
    pub return_to: String,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub sku: String,
    pub title: String,
    pub quantity: u32,
    pub cents: u64,
}

pub fn small() -> Small {
    Small {
        user_id: 281_474_976_710_657,
        role: Role::Customer,
        csrf: "3f9a1c0be27d4485b6d0f1e29c7a5580".to_owned(),
        name: "Ada Lovelace".to_owned(),
    }
}

pub fn medium() -> Medium {
    let Small { user_id, role, csrf, name } = small();
    let permissions = [
        "orders:read",
        "orders:write",
        "orders:refund",
        "catalogue:read",
        "catalogue:write",
        "customers:read",
        "reports:export",
        "settings:billing",
    ];
    Medium {
        user_id,
        tenant_id: 7_205_759_403_792,
        role,
        csrf,
        name,
        email: "ada.lovelace@analytical-engines.example".to_owned(),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/London".to_owned(),
        avatar: "/avatars/3f9a1c0be27d4485b6d.webp".to_owned(),
        permissions: permissions.map(str::to_owned).to_vec(),
        signed_in_at: 1_800_000_000_123,
        seen_at: 1_800_000_900_456,
        impersonated_by: Some(281_474_976_710_999),
    }
}

pub fn large() -> Large {
    let item = |n: u32| Item {
        sku: format!("SKU-{:08}-{:04}", n * 7_919, n * 13),
        title: format!("Difference engine part no. {n:03}, brass, left-handed thread, boxed"),
        quantity: n % 5 + 1,
        cents: u64::from(n) * 1_999 + 500,
    };
    Large {
        account: medium(),
        cart: (1..=24).map(item).collect(),
        return_to: "/shop/checkout/review?step=3&coupon=ENGINE".to_owned(),
        note: "Please leave the parcel with the porter at the side door; ring twice. ".repeat(6),
    }
}

/// A session that consists of one text of `length` letters.
pub fn text(length: usize) -> String {
    (0..length).map(|n| char::from(b'a' + (n * n + 7 * n) as u8 % 26)).collect()
}

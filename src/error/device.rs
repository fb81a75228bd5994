//! Errors in settings: sessions cannot be bound to a device with them.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceProblem {
    ProofLifetime,
    /// A cookie that is not for one host, whole, over TLS.
    Scope {
        name: String,
    },
    Path {
        path: String,
    },
    PathTwice {
        path: String,
    },
}

impl fmt::Display for DeviceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProofLifetime => f.write_str("a device's proof lasts 4 seconds to 1 hour"),
            Self::Scope { name } => write!(
                f,
                "cookie {name:?}: sessions are bound to a device for one host, with Secure and Path=/: drop .domain(…), .path(…), .partitioned() or .danger_plain_http(), or .device_binding(…)"
            ),
            Self::Path { path } => write!(
                f,
                "path of device binding {path:?}: start with /, do not end with it, use A-Z a-z 0-9 - . _ ~ and /, at most 256 bytes"
            ),
            Self::PathTwice { path } => write!(
                f,
                "path of device binding {path:?}: another cookie of the application has it: call DeviceBinding::path(…) with another"
            ),
        }
    }
}

impl From<DeviceProblem> for super::SetupError {
    fn from(problem: DeviceProblem) -> Self {
        super::Problem::Device(problem).into()
    }
}

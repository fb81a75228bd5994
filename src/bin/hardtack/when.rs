//! Times on the command line: dates, and how far they are from now.

use std::time::Duration;

use hardtack::Timestamp;

const UNITS: [(&str, u64); 4] = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];

/// Parses an RFC 3339 date, `in 3 days`, `3 days ago`, or seconds since 1970.
pub fn when(text: &str) -> Result<Timestamp, String> {
    read(text.trim(), Timestamp::now()).ok_or_else(|| {
        "write a date like 2030-01-31T12:00:00Z, or 'in 3 days' or '3 days ago', in quotation marks".to_owned()
    })
}

fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(ahead) = text.strip_prefix("in ") {
        return Some(now + Duration::from_secs(span(ahead)?));
    }
    if let Some(back) = text.strip_suffix(" ago") {
        return Some(Timestamp::from_secs(now.as_secs().saturating_sub(span(back)?)));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Timestamp::from_secs);
    }
    text.parse().ok()
}

/// `3 days`, `1 hour`, `24h`.
fn span(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim();
    let named =
        |name: &str| unit == name || unit.strip_suffix('s') == Some(name) || unit == &name[..1];
    let (_, seconds) = UNITS.into_iter().find(|(name, _)| named(name))?;
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

/// Prints the date and, in parentheses, how far it is from now.
pub fn dated(moment: Timestamp, now: Timestamp) -> String {
    format!("{moment} ({})", relative(moment, now))
}

/// Prints `in 3 days` or `2 hours ago`, in the largest unit of which there are at least two. Less than a minute ago is "just
/// now".
pub fn relative(moment: Timestamp, now: Timestamp) -> String {
    let distance = moment.as_secs().abs_diff(now.as_secs());
    if moment <= now && distance < 60 {
        return "just now".to_owned();
    }
    let (name, unit) = UNITS
        .into_iter()
        .find(|(_, unit)| distance + unit / 2 >= 2 * unit)
        .unwrap_or(("second", 1));
    let number = (distance + unit / 2) / unit;
    let s = if number == 1 { "" } else { "s" };
    if moment > now { format!("in {number} {name}{s}") } else { format!("{number} {name}{s} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let read = |text| read(text, Timestamp::from_secs(NOW)).map(Timestamp::as_secs);
        for (text, moment) in [
            ("2027-01-15T08:00:00Z", NOW),
            ("in 3 days", NOW + 3 * 86_400),
            ("in 1 day", NOW + 86_400),
            ("in 24h", NOW + 86_400),
            ("in 90 minutes", NOW + 5400),
            ("3 days ago", NOW - 3 * 86_400),
            ("30s ago", NOW - 30),
            ("0", 0),
            ("1800000000", NOW),
        ] {
            assert_eq!(read(text), Some(moment), "{text}");
        }
        for text in [
            "",
            "in",
            "in ",
            "in days",
            "in 3",
            "3 days",
            "in 3 weeks",
            "in -3 days",
            "tomorrow",
            "2027-01-15",
            "2027-01-15T08:00:00",
            "2027-02-30T08:00:00Z",
            "2027-01-15T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "in 18446744073709551615 days",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn how_far_it_is_is_told_in_a_unit_that_fits() {
        let relative = |moment| relative(Timestamp::from_secs(moment), Timestamp::from_secs(NOW));
        for (moment, told) in [
            (NOW, "just now"),
            (NOW - 59, "just now"),
            (NOW - 60, "60 seconds ago"),
            (NOW + 1, "in 1 second"),
            (NOW + 89, "in 89 seconds"),
            (NOW + 120, "in 2 minutes"),
            (NOW + 86_400, "in 24 hours"),
            (NOW + 86_400 - 120, "in 24 hours"),
            (NOW + 3 * 86_400 - 1, "in 3 days"),
            (NOW - 7200, "2 hours ago"),
            (0, "20833 days ago"),
        ] {
            assert_eq!(relative(moment), told);
        }
    }
}

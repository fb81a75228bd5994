//! The site's pages.

use axum::response::Html;
use hardtack::flash::FlashMessage;

pub fn page(messages: &[FlashMessage], body: &str) -> Html<String> {
    let line = |message: &FlashMessage| {
        format!("<p role=status class={}>{}</p>", message.level, escape(&message.text))
    };
    let messages: String = messages.iter().map(line).collect();
    Html(format!(
        "<!doctype html><html lang=en><title>Shop</title><link rel=icon href=data:,>{messages}{body}"
    ))
}

pub fn escape(text: &str) -> String {
    let sign = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(sign).collect()
}

//! The customer's page, built into the binary.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};

/// A file of the page.
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($path:literal = $file:literal as $media_type:literal),* $(,)?) => {
        &[$(Asset { path: $path, media_type: $media_type, text: include_str!(concat!("../page/", $file)) }),*]
    };
}

pub(crate) static ASSETS: &[Asset] = assets! {
    "/" = "index.html" as "text/html; charset=utf-8",
    "/page.css" = "page.css" as "text/css; charset=utf-8",
    "/page.js" = "page.js" as "text/javascript; charset=utf-8",
    "/call.js" = "call.js" as "text/javascript; charset=utf-8",
    "/cards.js" = "cards.js" as "text/javascript; charset=utf-8",
    "/words.js" = "words.js" as "text/javascript; charset=utf-8",
    "/icon.svg" = "icon.svg" as "image/svg+xml",
};

impl Asset {
    /// `no-cache` lets browsers keep it but makes them ask: a new binary shows its new page at once.
    pub(crate) fn response(&self) -> ([(HeaderName, &'static str); 2], &'static str) {
        ([(CONTENT_TYPE, self.media_type), (CACHE_CONTROL, "no-cache")], self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content security policy forbids what this looks for: it would silently not run.
    #[test]
    fn the_page_has_nothing_inline_and_nothing_from_elsewhere() {
        for asset in ASSETS {
            assert!(!asset.text.trim().is_empty(), "{}", asset.path);
            let foreign = asset.text.matches("://").count() - asset.text.matches("http://www.w3.org/").count();
            assert_eq!(foreign, 0, "{} names another host", asset.path);
        }
        let html = ASSETS[0].text;
        for inline in ["<style", " style=", " onclick=", "<script>"] {
            assert!(!html.contains(inline), "{inline}");
        }
        for asset in &ASSETS[1..] {
            let named = ASSETS.iter().any(|other| other.text.contains(asset.path));
            assert!(named, "{} is used by no file of the page", asset.path);
        }
    }
}

//! An HTTP address of the shop's choosing: checked once, shown its token, and never followed elsewhere.

use std::time::Duration;

use ermu_domain::Pii;
use reqwest::{Client, Method, RequestBuilder, Url, header::HeaderValue, redirect};

use crate::EndpointError;

#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    client: Client,
    base: Url,
    /// Marked as sensitive: it never shows in a log.
    authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// Nothing is sent yet. `token` is shown as `Authorization: Bearer …`; no request takes longer than `timeout`.
    pub(crate) fn new(url: &str, token: Option<&Pii<String>>, timeout: Duration) -> Result<Self, EndpointError> {
        let mut base = Url::parse(url).map_err(|error| EndpointError::Malformed(error.to_string()))?;
        if base.scheme() != "http" {
            return Err(EndpointError::Scheme);
        }
        if !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(EndpointError::Parts);
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let bearer = |token: &Pii<String>| {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| EndpointError::Token)?;
            value.set_sensitive(true);
            Ok(value)
        };
        // Whoever answers there must not send Ermu elsewhere; and no proxy of the environment comes between.
        let client = Client::builder().timeout(timeout).redirect(redirect::Policy::none()).no_proxy().build();
        Ok(Self {
            client: client.map_err(|error| EndpointError::Client(error.to_string()))?,
            base,
            authorization: token.map(bearer).transpose()?,
        })
    }

    /// A request to the address with these segments behind it.
    pub(crate) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let request = self.client.request(method, url);
        match &self.authorization {
            Some(token) => request.header("Authorization", token.clone()),
            None => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, token: Option<&str>) -> Result<Endpoint, EndpointError> {
        let token = token.map(|token| Pii::new(token.to_owned()));
        Endpoint::new(url, token.as_ref(), Duration::from_secs(1))
    }

    #[test]
    fn only_a_plain_address_is_taken() {
        assert!(endpoint("http://127.0.0.1:9000/ermu", Some("secret")).is_ok());
        for (url, error) in [
            ("https://shop.example", EndpointError::Scheme),
            ("file:///etc/passwd", EndpointError::Scheme),
            ("http://user:word@shop.example", EndpointError::Parts),
            ("http://shop.example/?token=x", EndpointError::Parts),
        ] {
            assert_eq!(endpoint(url, None).unwrap_err(), error, "{url}");
        }
        assert!(matches!(endpoint("shop", None), Err(EndpointError::Malformed(_))));
        assert_eq!(endpoint("http://shop.example", Some("a\nb")).unwrap_err(), EndpointError::Token);
    }

    #[test]
    fn a_segment_stays_one_and_the_token_stays_secret() {
        let endpoint = endpoint("http://shop.example/ermu", Some("secret")).unwrap();
        let request = endpoint.request(Method::GET, &["v1", "orders", "../../admin?x=1#y"]).build().unwrap();
        assert_eq!(request.url().as_str(), "http://shop.example/ermu/v1/orders/..%2F..%2Fadmin%3Fx=1%23y");
        assert_eq!(request.headers()["authorization"], "Bearer secret");
        assert!(!format!("{endpoint:?} {request:?}").contains("secret"));
    }
}

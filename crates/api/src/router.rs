//! The table of routes.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    middleware,
    routing::{MethodFilter, on},
};

use crate::{ApiState, callers, calls, events, health, metrics, openapi, page, photos, security, tickets};

/// All routes, ready to be served. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: without the
/// peer's address nobody counts as a user of this machine, and staff data needs a token.
pub fn router(state: ApiState) -> Router {
    let timeout = state.config.request_timeout;
    routes()
        .router
        .fallback(security::not_found)
        .method_not_allowed_fallback(security::method_not_allowed)
        .layer(middleware::from_fn_with_state(timeout, security::limit_time))
        .layer(middleware::map_response(security::shape_errors))
        .layer(middleware::map_response(security::add_headers))
        .with_state(state)
}

/// A router that remembers what it routes, so that the description of the API can be checked against it.
pub(crate) struct Routes {
    router: Router<ApiState>,
    #[cfg(test)]
    pub(crate) listed: Vec<(Method, &'static str)>,
}

pub(crate) fn routes() -> Routes {
    page::ASSETS
        .iter()
        .fold(Routes::new(), |routes, asset| routes.add(&Method::GET, asset.path, async || asset.response()))
        .add(&Method::POST, "/v1/callers", callers::admit)
        .add(&Method::POST, "/v1/calls", calls::start)
        .add(&Method::PATCH, "/v1/calls/{session}", calls::add_candidates)
        .add(&Method::DELETE, "/v1/calls/{session}", calls::end)
        .add(&Method::POST, "/v1/sessions/{session}/photos", photos::upload)
        .add(&Method::GET, "/v1/sessions/{session}/photos/{photo}", photos::upright)
        .add(&Method::GET, "/v1/sessions/{session}/photos/{photo}/annotated", photos::annotated)
        .add(&Method::GET, "/v1/sessions/{session}/events", events::list)
        .add(&Method::GET, "/v1/tickets", tickets::list)
        .add(&Method::GET, "/v1/tickets/{ticket}", tickets::one)
        .add(&Method::PATCH, "/v1/tickets/{ticket}/actions", tickets::retry)
        .add(&Method::GET, "/healthz", health::health)
        .add(&Method::GET, "/metrics", metrics::metrics)
        .add(&Method::GET, "/openapi.json", openapi::openapi)
}

impl Routes {
    fn new() -> Self {
        Self {
            router: Router::new(),
            #[cfg(test)]
            listed: Vec::new(),
        }
    }

    fn add<T: 'static>(mut self, method: &Method, path: &'static str, handler: impl Handler<T, ApiState>) -> Self {
        #[cfg(test)]
        self.listed.push((method.clone(), path));
        let filter = match *method {
            Method::POST => MethodFilter::POST,
            Method::PATCH => MethodFilter::PATCH,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        self.router = self.router.route(path, on(filter, handler));
        self
    }
}

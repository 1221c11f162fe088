//! A camera before a wall, by its optics: what point of the wall is which pixel.

use super::Point;

/// A camera before a wall (z = 0, y upwards, millimetres).
#[derive(Debug, Clone)]
pub struct Camera {
    /// Columns of the photo.
    pub width: u32,
    /// Rows of the photo.
    pub height: u32,
    focal_px: f64,
    at: [f64; 3],
    right: [f64; 3],
    up: [f64; 3],
    forward: [f64; 3],
    /// Radial distortion at the corner of the picture, as a share.
    distortion: f64,
}

impl Camera {
    /// A camera that looks at a point of the wall from a yaw and a pitch (radians), with `px_a_mm` there.
    #[must_use]
    pub fn looking_at(
        target: Point,
        px_a_mm: f64,
        [yaw, pitch, roll]: [f64; 3],
        (width, height): (u32, u32),
        distortion: f64,
    ) -> Self {
        let focal_px = 0.78 * f64::from(width.max(height));
        let away = focal_px / px_a_mm;
        let n = [yaw.sin() * pitch.cos(), pitch.sin(), yaw.cos() * pitch.cos()];
        let forward = n.map(|v| -v);
        let right = unit(cross(forward, [0.0, 1.0, 0.0]));
        let up = cross(right, forward);
        let (sin, cos) = roll.sin_cos();
        let turned = |a: [f64; 3], b: [f64; 3], s: f64, c: f64| std::array::from_fn(|i| c * a[i] + s * b[i]);
        Self {
            width,
            height,
            focal_px,
            at: [target.0 + away * n[0], target.1 + away * n[1], away * n[2]],
            right: turned(right, up, sin, cos),
            up: turned(up, right, -sin, cos),
            forward,
            distortion,
        }
    }

    /// Where a point of the wall is on the photo; pixel 0 has its middle at 0.
    #[must_use]
    pub fn on_photo(&self, wall: Point) -> Option<Point> {
        let d = [wall.0 - self.at[0], wall.1 - self.at[1], -self.at[2]];
        let depth = dot(d, self.forward);
        let (x, y) = (self.focal_px * dot(d, self.right) / depth, -self.focal_px * dot(d, self.up) / depth);
        let bent = 1.0 + self.distortion * self.share(x, y);
        let (cx, cy) = self.middle();
        (depth > 1.0).then_some((cx + x * bent, cy + y * bent))
    }

    /// The point of the wall under a pixel.
    #[must_use]
    pub fn on_wall(&self, pixel: Point) -> Option<Point> {
        let (cx, cy) = self.middle();
        let (bx, by) = (pixel.0 - cx, pixel.1 - cy);
        let (mut x, mut y) = (bx, by);
        for _ in 0..6 {
            let bent = 1.0 + self.distortion * self.share(x, y);
            (x, y) = (bx / bent, by / bent);
        }
        let ray: [f64; 3] =
            std::array::from_fn(|i| self.forward[i] * self.focal_px + self.right[i] * x - self.up[i] * y);
        let t = -self.at[2] / ray[2];
        (t > 0.0).then_some((self.at[0] + t * ray[0], self.at[1] + t * ray[1]))
    }

    /// The square of the distance to the middle of the photo, as a share of that of its corner.
    fn share(&self, x: f64, y: f64) -> f64 {
        let (w, h) = (f64::from(self.width) / 2.0, f64::from(self.height) / 2.0);
        (x * x + y * y) / (w * w + h * h)
    }

    fn middle(&self) -> Point {
        (f64::from(self.width - 1) / 2.0, f64::from(self.height - 1) / 2.0)
    }

    /// The point of the wall that is seen through a point of the wall which something `off_mm` before it covers.
    pub(super) fn behind(&self, wall: Point, off_mm: f64) -> Point {
        let t = off_mm / self.at[2];
        (wall.0 + t * (self.at[0] - wall.0), wall.1 + t * (self.at[1] - wall.1))
    }

    /// Whether a point of the wall is on the photo, so far from its edges.
    #[must_use]
    pub fn sees(&self, wall: Point, margin_px: f64) -> bool {
        let inside = |v: f64, of: u32| v >= margin_px && v <= f64::from(of) - 1.0 - margin_px;
        self.on_photo(wall).is_some_and(|(x, y)| inside(x, self.width) && inside(y, self.height))
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = dot(a, a).sqrt();
    a.map(|v| v / length)
}

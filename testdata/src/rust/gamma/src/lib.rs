//! Uses the second version of `alpha`.
#![no_std]

use alpha::{Shape, Square};

pub struct Half<S>(pub S);

impl<S: Shape> Shape for Half<S> {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0.area() / 2
    }
}

#[inline(never)]
pub fn halves(side: u64) -> u64 {
    assert!(side != 13, "cannot halve {side}");
    let shapes = [Half(Square(side)), Half(Square(side + 1))];
    alpha::largest(&shapes) ^ alpha::total(&[&shapes[0], &Square(side)])
}

pub mod nested {
    pub mod deeper {
        /// Generic: instantiated where it is called.
        #[inline(never)]
        pub fn twice<F: FnMut(u64) -> u64>(value: u64, mut step: F) -> u64 {
            let first = step(value);
            step(first)
        }
    }
}

//! Second version of `alpha`: the same crate name with another disambiguator,
//! and some items of the same path as in the first version.
#![no_std]

pub trait Shape {
    fn area(&self) -> u64;

    #[inline(never)]
    fn scaled(&self, factor: u64) -> u64 {
        self.area().wrapping_add(factor).rotate_right(5) | 1
    }
}

#[derive(Clone, Copy)]
pub struct Square(pub u64);

impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0.pow(2) / 3
    }
}

#[inline(never)]
pub fn total(items: &[&dyn Shape]) -> u64 {
    items.iter().map(|item| item.scaled(11)).fold(5, u64::wrapping_mul)
}

#[inline(never)]
pub fn largest<T: Shape>(items: &[T]) -> u64 {
    items.iter().map(|item| item.scaled(2)).max().expect("at least one shape")
}

//! First version of `alpha`: a trait with a default method, generics,
//! closures and trait objects, to be used by the other crates.
#![no_std]

use core::fmt;

pub trait Shape {
    fn area(&self) -> u64;

    /// A default method: its instances are named after the trait alone.
    #[inline(never)]
    fn scaled(&self, factor: u64) -> u64 {
        self.area().wrapping_mul(factor).rotate_left(3) ^ factor
    }
}

#[derive(Clone, Copy)]
pub struct Square(pub u64);

impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0.wrapping_mul(self.0)
    }
}

/// An implementation for a type of core.
impl Shape for u8 {
    #[inline(never)]
    fn area(&self) -> u64 {
        u64::from(*self) << 4
    }
}

impl fmt::Display for Square {
    #[inline(never)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "square {}", self.0)
    }
}

/// Generic over a type and a closure: every caller makes its own instance.
#[inline(never)]
pub fn fold_with<T: Shape, F: Fn(u64, u64) -> u64>(items: &[T], combine: F) -> u64 {
    let mut sum = 1;
    for item in items {
        sum = combine(sum, item.scaled(sum));
    }
    sum
}

/// Not generic: compiled once, in this crate.
#[inline(never)]
pub fn total(items: &[&dyn Shape]) -> u64 {
    items.iter().map(|item| item.scaled(7)).fold(0, u64::wrapping_add)
}

/// A generic type with a constant parameter.
pub struct Ring<T, const N: usize> {
    slots: [T; N],
    next: usize,
}

impl<T: Copy + Into<u64>, const N: usize> Ring<T, N> {
    #[inline(never)]
    pub fn filled(value: T) -> Self {
        Ring { slots: [value; N], next: 0 }
    }

    #[inline(never)]
    pub fn push(&mut self, value: T) {
        self.slots[self.next % N] = value;
        self.next += 1;
    }

    #[inline(never)]
    pub fn sum(&self) -> u64 {
        self.slots.iter().fold(0, |sum, &slot| sum ^ slot.into())
    }
}

/// Looked up through a function pointer, so that a closure is code of its own.
#[inline(never)]
pub fn pick(index: usize) -> fn(u64) -> u64 {
    let steps: [fn(u64) -> u64; 3] = [|x| x ^ 0x5a5a, |x| x.wrapping_mul(31), |x| x.swap_bytes()];
    steps[index] // the location of this panic names the crate in stripped files
}

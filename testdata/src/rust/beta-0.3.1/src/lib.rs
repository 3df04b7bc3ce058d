//! Implements alpha's trait for its own types and for types of core, and
//! instantiates alpha's generics.
#![no_std]

use alpha::{Ring, Shape};

pub struct Circle(pub u32);

impl Shape for Circle {
    #[inline(never)]
    fn area(&self) -> u64 {
        u64::from(self.0).pow(2).wrapping_mul(355) / 113
    }
}

/// A wrapper around any shape: both crates stand in the name of its instances.
pub struct Framed<S>(pub S);

impl<S: Shape> Shape for Framed<S> {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0.area().wrapping_add(self.0.scaled(2))
    }

    #[inline(never)]
    fn scaled(&self, factor: u64) -> u64 {
        self.0.scaled(factor).wrapping_sub(1)
    }
}

/// A trait of this crate for a type of core.
pub trait Tone {
    fn tone(&self) -> u64;
}

impl Tone for str {
    #[inline(never)]
    fn tone(&self) -> u64 {
        self.bytes().fold(5381, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte))
    }
}

impl Tone for (u16, bool) {
    #[inline(never)]
    fn tone(&self) -> u64 {
        if self.1 { u64::from(self.0) * 3 } else { u64::from(!self.0) }
    }
}

impl<T: Tone, const N: usize> Tone for [T; N] {
    #[inline(never)]
    fn tone(&self) -> u64 {
        self.iter().fold(N as u64, |sum, item| sum.rotate_left(7) ^ item.tone())
    }
}

/// Not generic, but it instantiates alpha's generics here.
#[inline(never)]
pub fn circles(radius: u32) -> u64 {
    assert!(radius != 77, "no such circle");
    let circles = [Circle(radius), Circle(radius ^ 9), Circle(3)];
    let mut ring = Ring::<u32, 4>::filled(radius);
    ring.push(17);
    alpha::fold_with(&circles, |sum, area| sum.wrapping_mul(3) ^ area) ^ ring.sum()
}

/// Marked inline: the callers' crates hold the copies, if it is not inlined.
#[inline]
pub fn chord(text: &str) -> u64 {
    text.tone().wrapping_add([(3u16, true), (4, false)].tone())
}

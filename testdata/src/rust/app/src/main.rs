//! The program without std: C start-up code, one system library call, and code
//! of every crate.
#![no_std]
#![no_main]

use alpha::{Ring, Shape, Square};
use beta::{Circle, Framed, Tone};
use core::fmt::{self, Write};

unsafe extern "C" {
    fn write(fd: i32, data: *const u8, len: usize) -> isize;
    fn abort() -> !;
}

struct Out;

impl Write for Out {
    #[inline(never)]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let written = unsafe { write(1, text.as_ptr(), text.len()) };
        if written < 0 { Err(fmt::Error) } else { Ok(()) }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Out, "{}", info.message());
    unsafe { abort() }
}

/// The prebuilt core was compiled for unwinding and names this function; nothing
/// here unwinds.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

struct Local {
    side: u64,
}

/// alpha's trait for a type of this crate: the default method is alpha's code.
impl Shape for Local {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.side ^ 0xff
    }
}

mod größe {
    /// A name with letters that a symbol must encode.
    #[inline(never)]
    pub fn fläche(width: u64, height: u64) -> u64 {
        width.wrapping_mul(height).wrapping_add(1)
    }
}

#[inline(never)]
fn shapes(seed: u64) -> u64 {
    let framed = Framed(Square(seed));
    let local = Local { side: seed };
    let all: [&dyn Shape; 5] = [&framed, &local, &Circle(7), &Square(3), &9u8];
    let mut ring = Ring::<u16, 3>::filled(2);
    ring.push(seed as u16);
    alpha::total(&all) ^ ring.sum() ^ alpha::fold_with(&[framed], |sum, area| sum + area % 10)
}

#[inline(never)]
fn steps(seed: u64) -> u64 {
    let step = alpha::pick(seed as usize);
    let mut calls = 0;
    gamma::nested::deeper::twice(seed, |value| {
        calls += 1;
        step(value) ^ größe::fläche(calls, value)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn main(argc: i32, _argv: *const *const u8) -> i32 {
    let seed = argc as u64;
    let sum = shapes(seed) ^ steps(seed) ^ beta::circles(argc as u32) ^ gamma::halves(seed);
    let text = if argc > 1 { "several" } else { "one" };
    let sum = sum ^ beta::chord(text) ^ text.tone();
    let _ = writeln!(Out, "{} {:#x}", Square(seed), sum);
    0
}

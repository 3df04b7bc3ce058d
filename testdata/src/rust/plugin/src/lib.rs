//! A C library without std: two exported functions over the other crates.
#![no_std]

use alpha::{Ring, Shape, Square};

unsafe extern "C" {
    fn abort() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe { abort() }
}

/// The prebuilt core was compiled for unwinding and names this function; nothing
/// here unwinds.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

struct Plate(u64);

impl Shape for Plate {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0 | 0x40
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn plugin_area(side: u64) -> u64 {
    alpha::total(&[&Plate(side), &Square(side)]) ^ gamma::halves(side)
}

#[unsafe(no_mangle)]
pub extern "C" fn plugin_ring(value: u8) -> u64 {
    let mut ring = Ring::<u8, 2>::filled(value);
    ring.push(1);
    ring.sum() ^ beta::circles(u32::from(value)) ^ alpha::fold_with(&[Plate(1)], |a, b| a ^ b)
}

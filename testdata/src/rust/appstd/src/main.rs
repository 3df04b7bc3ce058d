//! The program with the real standard library: collections, a boxed trait
//! object, formatting and a panic.

use alpha::{Shape, Square};
use beta::{Circle, Framed, Tone};
use std::collections::BTreeMap;

struct Parcel {
    label: String,
    shape: Box<dyn Shape>,
}

impl Drop for Parcel {
    #[inline(never)]
    fn drop(&mut self) {
        self.label.clear();
    }
}

#[inline(never)]
fn parcels(seed: u64) -> Vec<Parcel> {
    let shapes: Vec<Box<dyn Shape>> =
        vec![Box::new(Square(seed)), Box::new(Circle(seed as u32)), Box::new(Framed(Square(2)))];
    shapes.into_iter().enumerate().map(|(i, shape)| Parcel { label: format!("p{i}"), shape }).collect()
}

#[inline(never)]
fn index(parcels: &[Parcel]) -> BTreeMap<u64, &str> {
    parcels.iter().map(|p| (p.shape.scaled(p.label.tone()), p.label.as_str())).collect()
}

fn main() {
    let seed = std::env::args().count() as u64;
    let parcels = parcels(seed);
    for (area, label) in index(&parcels) {
        println!("{label} {area} {}", beta::circles(area as u32) ^ gamma::halves(seed));
    }
    assert!(seed < 100, "too many arguments: {seed}");
}

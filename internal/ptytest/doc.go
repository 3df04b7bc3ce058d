// Package ptytest gives tests a pseudo-terminal, and what people would see on it.
package ptytest

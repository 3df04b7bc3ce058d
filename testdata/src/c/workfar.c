/* What start.c runs in the file with functions out of reach of a branch. */
__attribute__((noinline, section(".far"))) int far_first(int x) { return x * 5 + 2; }
__attribute__((noinline, section(".far"))) int far_second(int x) { return x / 3 - 2; }

int work(int x)
{
	return far_first(x) + far_second(x);
}

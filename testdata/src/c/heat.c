/* Functions that the compiler puts into .text.hot and .text.unlikely. */
__attribute__((hot, noinline)) int hot_path(int x)
{
	return x * 17 + (x >> 3);
}

__attribute__((cold, noinline)) int cold_path(int x)
{
	return x / 7 - 1;
}

int temperature(int x)
{
	return x > 100 ? cold_path(x) : hot_path(x);
}

/* A library: exported, hidden and static functions. */
#include <stdlib.h>

__attribute__((noinline)) static int clamp(int x)
{
	return x < 0 ? 0 : x > 255 ? 255 : x;
}

__attribute__((visibility("hidden"), noinline)) int hidden_mix(int a, int b)
{
	return clamp(a * 3 + b * 5);
}

int shared_mix(int a, int b)
{
	return hidden_mix(a, b) ^ abs(b);
}

int *shared_list(int n)
{
	int *list = malloc((size_t)n * sizeof *list);
	for (int i = 0; list && i < n; i++)
		list[i] = shared_mix(i, n);
	return list;
}

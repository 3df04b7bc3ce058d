/* What start.c runs: calls through a table, so that a position-independent
   link needs relative relocations. */
int one(int), two(int), temperature(int);

static int (*const volatile calls[])(int) = {one, two, temperature};

int work(int x)
{
	int sum = 0;
	for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++)
		sum += calls[i](x + (int)i);
	return sum;
}

/* The first of two static functions called helper. */
__attribute__((noinline)) static int helper(int x)
{
	return x * 3 + 1;
}

int one(int x)
{
	return helper(x) ^ helper(x + 1);
}

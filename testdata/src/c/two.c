/* The second static function called helper: other code, other length. */
__attribute__((noinline)) static int helper(int x)
{
	int sum = 0;
	while (x-- > 0)
		sum += x ^ (sum >> 2);
	return sum;
}

int two(int x)
{
	return helper(x) - helper(x / 2);
}

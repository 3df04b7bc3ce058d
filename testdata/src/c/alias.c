/* One function under three names: global, weak alias, strong alias. */
int strong_name(int x)
{
	return x < 0 ? -x : x + 40;
}

int weak_name(int x) __attribute__((weak, alias("strong_name")));
int second_name(int x) __attribute__((alias("strong_name")));

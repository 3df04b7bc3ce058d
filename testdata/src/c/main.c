/* The dynamically linked program: calls everything, and one libc function. */
#include <stdio.h>

int one(int), two(int), strong_name(int), weak_name(int), second_name(int);
int temperature(int), unsized_first(int), sized_asm(int), outer_asm(int);

int main(int argc, char **argv)
{
	(void)argv;
	int sum = one(argc) + two(argc) + strong_name(argc) + weak_name(2) + second_name(3);
	sum += temperature(argc) + unsized_first(1) + sized_asm(2) + outer_asm(3);
	printf("%d\n", sum);
	return 0;
}

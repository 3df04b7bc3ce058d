/* What start.c runs in the file that is packed: reads a large constant. */
extern const unsigned char blob[];

int work(int x)
{
	int sum = 0;
	for (int i = 0; i < 65536; i += 64)
		sum = sum * 31 + blob[i] + x;
	return sum;
}

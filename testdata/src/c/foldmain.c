/* The program around fold.c. */
int fold_all(int);

int main(int argc, char **argv)
{
	(void)argv;
	return fold_all(argc) & 1;
}

/* Three global functions and one static one with the same machine code, and a
   fourth body that differs, for identical code folding. */
#define BODY(x) ((x) * 11 ^ ((x) >> 4))

int fold_first(int x) { return BODY(x); }
int fold_second(int x) { return BODY(x); }
int fold_third(int x) { return BODY(x); }
__attribute__((noinline)) static int fold_hidden(int x) { return BODY(x); }
int fold_other(int x) { return BODY(x) + 1; }

int (*volatile fold_pointer)(int) = fold_hidden;

int fold_all(int x)
{
	return fold_first(x) + fold_second(x) + fold_third(x) + fold_other(x) + fold_pointer(x);
}

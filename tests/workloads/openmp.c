/* A parallel sum and a parallel sort's first step, by a compiler's own threads. */
#include <omp.h>
#include <stdio.h>

int main(void)
{
	double sum = 0;
	int most = 0;

#pragma omp parallel for reduction(+ : sum) reduction(max : most) num_threads(4)
	for (int i = 1; i <= 1000000; i++) {
		sum += 1.0 / i;
		if (omp_get_thread_num() > most)
			most = omp_get_thread_num();
	}
	if (sum < 14.39 || sum > 14.40 || most != 3) {
		printf("wrong result: %f of %d threads\n", sum, most + 1);
		return 1;
	}
	puts("openmp: ok");
	return 0;
}

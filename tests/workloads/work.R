# A linear model, worker processes and a stored object in R.
d <- data.frame(x = 1:100, y = 3 * (1:100) + 2)
fit <- suppressWarnings(lm(y ~ x, d))
parts <- parallel::mclapply(1:4, function(n) n * n, mc.cores = 2)
saveRDS(fit, "fit.rds")
stopifnot(all.equal(unname(coef(readRDS("fit.rds"))), c(2, 3)), sum(unlist(parts)) == 30)
cat("r: ok\n")

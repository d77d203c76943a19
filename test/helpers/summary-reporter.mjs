/** Closes a run with one line for people and scripts: `N passed, N failed`. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A test file that could not run at all has no tests to count, and is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // Jest's own summary goes to standard error at this very moment; this line is to stand below it.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}

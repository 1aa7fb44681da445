// The SDK is CommonJS and requires jose, which ships as ES modules only. A test file and the SDK may both lead to jose,
// and jest refuses to require an ES module that an import is still loading. So it is there before either begins.
require('jose');

// Package bundletest makes bundles for tests: good ones, and with Corpus those of
// testdata/bundles, which are described in text because their digests and
// modules change with every release.
package bundletest

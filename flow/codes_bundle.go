package flow

// Bundle: what is wrong with the file of a release, or with the keys it is signed with.
const (
	// CodeBundleInvalid: the file is not a bundle in its one canonical form.
	// Example:
	//	# bundle: damaged-truncated
	CodeBundleInvalid Code = "bundle.invalid"

	// CodeBundleLimit: a bundle, or a member of it, is larger than bundles can be.
	// Example:
	//	# bundle: limit-members
	CodeBundleLimit Code = "bundle.limit"

	// CodeBundleMember: a member of a bundle has a name or is of a kind that members cannot have.
	// Example:
	//	# bundle: name-traversal
	CodeBundleMember Code = "bundle.member"

	// CodeBundleSignature: a signature of a bundle is not that of the key which it names, or what is signed is malformed.
	// Example:
	//	# bundle: signature-broken
	CodeBundleSignature Code = "bundle.signature"

	// CodeBundleUntrusted: nobody who is trusted has signed the bundle.
	// Example:
	//	# bundle: signature-stranger
	CodeBundleUntrusted Code = "bundle.untrusted"

	// CodeBundleDigest: the members of a bundle are not those that were signed.
	// Example:
	//	# bundle: digest-changed
	CodeBundleDigest Code = "bundle.digest"

	// CodeBundleManifest: the parts of a bundle contradict each other: module, manifest, icon and statement.
	// Example:
	//	# bundle: manifest-other
	CodeBundleManifest Code = "bundle.manifest"

	// CodeBundleKey: a file holds no key that bundles are signed or checked with. No source gives it: keys are files of their own.
	CodeBundleKey Code = "bundle.key"
)

// Version: what is wrong with the numbered versions of a connector.
const (
	// CodeVersionUnknown: the connector has no version of this number. No source gives it: versions are made of source that has no problem.
	CodeVersionUnknown Code = "version.unknown"

	// CodeVersionDamaged: a version is not what it was when it was made. No source gives it: somebody has to change a stored version.
	CodeVersionDamaged Code = "version.damaged"

	// CodeVersionLimit: a store holds as many versions, or one as many bytes, as it can. No source gives it: versions are made of source that has no problem.
	CodeVersionLimit Code = "version.limit"

	// CodeVersionStore: the store of versions cannot be read or written. No source gives it: the file system does.
	CodeVersionStore Code = "version.store"
)

// Compatibility: what stands between two builds of a connector.
const (
	// CodeCompatExceeded: a connector has changed more than was allowed. No source gives it: it takes two builds.
	CodeCompatExceeded Code = "compat.exceeded"

	// CodeCompatConnector: two builds that were to be compared are of different connectors. No source gives it: it takes two builds.
	CodeCompatConnector Code = "compat.connector"
)

package main

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirflow/weir/bundle"
	"github.com/weirflow/weir/flow"
)

// publicExt is the extension of public keys.
const publicExt = ".pub"

// maxKey bounds what is read of a key's file; one takes some 120 bytes.
const maxKey = 64 << 10

func (a *app) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make a key that bundles are signed with",
		Long: "Make an Ed25519 key that bundles are signed with: the private key in FILE (PEM, PKCS#8, readable by its owner alone), and the\n" +
			"public key, which others check with, in FILE.pub. Nothing that exists is replaced.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.keygen(args[0]) },
	}
}

func (a *app) keygen(path string) error {
	private, public, err := bundle.NewKey()
	if err != nil {
		return err
	}
	key, err := bundle.ParsePublicKey(keyName(path+publicExt), public)
	if err != nil {
		return err
	}
	if err := create(path, private, 0o600); err != nil {
		return err
	}
	if err := create(path+publicExt, public, 0o644); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return a.show(map[string]any{"private": path, "public": path + publicExt, "keyId": key.ID()}, func() {
		a.println(flow.Printable(path + " signs, and stays with you; " + path + publicExt + " checks, and may be given to anybody"))
		a.println(key.ID())
	})
}

// create writes a file that is not there yet.
func create(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fileError(err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fileError(errors.Join(err, os.Remove(path)))
	}
	return nil
}

// readKey reads a private key that nobody but its owner can read.
func readKey(path string) (ed25519.PrivateKey, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fileError(err)
	}
	return bundle.ParseKey(text)
}

// readPublicKey reads a public key, which is called what its file is.
func readPublicKey(path string) (bundle.PublicKey, error) {
	text, err := readUpTo(path, maxKey)
	if err != nil {
		return bundle.PublicKey{}, err
	}
	key, err := bundle.ParsePublicKey(keyName(path), text)
	if e := flow.AsError(err); e != nil {
		e.Pos.File = path
		return key, e
	}
	return key, nil
}

func keyName(path string) string { return strings.TrimSuffix(filepath.Base(path), publicExt) }

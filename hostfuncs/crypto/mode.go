package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // services still ask for it
	"crypto/md5" // fixed by the key derivation
	"crypto/subtle"
	"strings"
)

// suite is one symmetric cipher by its OpenSSL name.
type suite struct {
	newBlock func(key []byte) (cipher.Block, error)
	keySize  int
	mode     mode
	// perByte is the fuel of a byte of text beyond the card's price (measured).
	perByte float64
}

// mode runs a block cipher over data of any length. iv is nil for ECB.
type mode struct {
	iv     bool // it needs an initialisation vector
	padded bool // PKCS #7 padding to whole blocks (RFC 5652, section 6.3)
	// start returns what works on the data, piece by piece; every piece but the
	// last has whole blocks.
	start func(b cipher.Block, iv []byte, decrypt bool) func(data []byte)
}

// piece is how many bytes are worked on until the run is asked whether it goes on:
// 2 ms of the slowest mode.
const piece = 4 << 10

// run works on data in its place, until alive says that the run has ended. alive
// takes the number of bytes.
func (m mode) run(b cipher.Block, iv, data []byte, decrypt bool, alive func(n int) error) error {
	work := m.start(b, iv, decrypt)
	for len(data) > 0 {
		n := min(len(data), piece)
		if err := alive(n); err != nil {
			return err
		}
		work(data[:n])
		data = data[n:]
	}
	return nil
}

var (
	modeECB = mode{padded: true, start: ecb}
	modeCBC = mode{iv: true, padded: true, start: cbc}
	modeCTR = mode{iv: true, start: ctr}
	modeOFB = mode{iv: true, start: ofb}
	modeCFB = mode{iv: true, start: cfb}
	modeCF8 = mode{iv: true, start: cfb8}
	modeCF1 = mode{iv: true, start: cfb1}
)

var suites = suiteTable()

func suiteTable() map[string]suite {
	out := map[string]suite{
		"des-ecb": {des.NewCipher, 8, modeECB, 40},
		"des-cbc": {des.NewCipher, 8, modeCBC, 40},
	}
	for bits, size := range map[string]int{"128": 16, "192": 24, "256": 32} {
		for name, s := range map[string]suite{
			"ecb": {mode: modeECB, perByte: 2}, "cbc": {mode: modeCBC, perByte: 3}, "ctr": {mode: modeCTR, perByte: 1},
			"ofb": {mode: modeOFB, perByte: 4}, "cfb": {mode: modeCFB, perByte: 4}, "cfb8": {mode: modeCF8, perByte: 40}, "cfb1": {mode: modeCF1, perByte: 500},
		} {
			s.newBlock, s.keySize = aes.NewCipher, size
			out["aes-"+bits+"-"+name] = s
		}
		out["aes"+bits] = out["aes-"+bits+"-cbc"] // OpenSSL's short name
	}
	return out
}

// aesNames are the names of AES suites, in the order of a drop-down.
func aesNames() []string {
	var out []string
	for _, bits := range []string{"128", "192", "256"} {
		for _, m := range []string{"cbc", "cfb", "cfb1", "cfb8", "ctr", "ecb", "ofb"} {
			out = append(out, "aes-"+bits+"-"+m)
		}
	}
	return append(out, "aes128", "aes192", "aes256")
}

// bytesToKey derives n bytes from a password and a salt as OpenSSL's
// EVP_BytesToKey does with MD5 and one round: D1 = MD5(password, salt),
// D2 = MD5(D1, password, salt), and so on.
// The password has at most maxPassword bytes.
func bytesToKey(password string, salt []byte, n int) []byte {
	var out, last []byte
	for len(out) < n {
		h := md5.New()
		h.Write(last)
		h.Write([]byte(password))
		h.Write(salt)
		last = h.Sum(nil)
		out = append(out, last...)
	}
	return out[:n]
}

// maxPassword bounds passwords: each derivation reads all of it several times.
const maxPassword = 64 << 10

// block returns the block cipher and initialisation vector of a password.
func (s suite) block(password string) (cipher.Block, []byte, error) {
	if len(password) > maxPassword {
		return nil, nil, invalid("the key is longer than %d bytes", maxPassword)
	}
	material := bytesToKey(password, nil, s.keySize+aes.BlockSize)
	b, err := s.newBlock(material[:s.keySize])
	if err != nil {
		return nil, nil, invalid("the cipher does not take the key")
	}
	return b, material[s.keySize : s.keySize+b.BlockSize()], nil
}

// encrypt returns the ciphertext of text under a password.
func (s suite) encrypt(password, text string, alive func(n int) error) ([]byte, error) {
	b, iv, err := s.block(password)
	if err != nil {
		return nil, err
	}
	size := b.BlockSize()
	data := make([]byte, len(text), len(text)+size)
	copy(data, text)
	if s.mode.padded {
		n := size - len(data)%size
		data = append(data, []byte(strings.Repeat(string(rune(n)), n))...)
	}
	return data, s.mode.run(b, iv, data, false, alive)
}

// decrypt undoes encrypt; it overwrites data. A wrong key shows in the padding,
// if at all: the error says no more than that.
func (s suite) decrypt(password string, data []byte, alive func(n int) error) ([]byte, error) {
	b, iv, err := s.block(password)
	if err != nil {
		return nil, err
	}
	if !s.mode.padded {
		return data, s.mode.run(b, iv, data, true, alive)
	}
	size := b.BlockSize()
	if len(data) == 0 || len(data)%size != 0 {
		return nil, invalid("bad decrypt: the length fits no whole number of blocks")
	}
	if err := s.mode.run(b, iv, data, true, alive); err != nil {
		return nil, err
	}
	return unpad(data, size)
}

// unpad removes PKCS #7 padding.
func unpad(data []byte, size int) ([]byte, error) {
	n := int(data[len(data)-1])
	if n < 1 || n > size {
		return nil, invalid("bad decrypt: the key or the algorithm does not fit")
	}
	for _, x := range data[len(data)-n:] {
		if int(x) != n {
			return nil, invalid("bad decrypt: the key or the algorithm does not fit")
		}
	}
	return data[:len(data)-n], nil
}

func ecb(b cipher.Block, _ []byte, decrypt bool) func([]byte) {
	run := b.Encrypt
	if decrypt {
		run = b.Decrypt
	}
	return func(data []byte) {
		for n := b.BlockSize(); len(data) >= n; data = data[n:] {
			run(data[:n], data[:n])
		}
	}
}

func cbc(b cipher.Block, iv []byte, decrypt bool) func([]byte) {
	m := cipher.NewCBCEncrypter(b, iv)
	if decrypt {
		m = cipher.NewCBCDecrypter(b, iv)
	}
	return func(data []byte) { m.CryptBlocks(data, data) }
}

func ctr(b cipher.Block, iv []byte, _ bool) func([]byte) {
	m := cipher.NewCTR(b, iv)
	return func(data []byte) { m.XORKeyStream(data, data) }
}

// ofb is output feedback (NIST SP 800-38A, section 6.4): the key stream is the
// initialisation vector encrypted again and again.
func ofb(b cipher.Block, iv []byte, _ bool) func([]byte) {
	stream := append([]byte(nil), iv...)
	return func(data []byte) {
		for len(data) > 0 {
			b.Encrypt(stream, stream)
			data = data[subtle.XORBytes(data, data, stream):]
		}
	}
}

// cfb is cipher feedback of whole blocks (section 6.3): the key stream is the
// encryption of the ciphertext before.
func cfb(b cipher.Block, iv []byte, decrypt bool) func([]byte) {
	stream := make([]byte, len(iv))
	before := append([]byte(nil), iv...)
	return func(data []byte) {
		for len(data) > 0 {
			b.Encrypt(stream, before)
			if decrypt {
				copy(before, data)
			}
			n := subtle.XORBytes(data, data, stream)
			if !decrypt {
				copy(before, data[:n])
			}
			data = data[n:]
		}
	}
}

// cfb8 is cipher feedback of single bytes.
func cfb8(b cipher.Block, iv []byte, decrypt bool) func([]byte) {
	stream := make([]byte, len(iv))
	register := append([]byte(nil), iv...)
	return func(data []byte) {
		for i, in := range data {
			b.Encrypt(stream, register)
			data[i] ^= stream[0]
			fed := data[i]
			if decrypt {
				fed = in
			}
			register = append(register[1:], fed)
		}
	}
}

// cfb1 is cipher feedback of single bits, the highest of a byte first.
func cfb1(b cipher.Block, iv []byte, decrypt bool) func([]byte) {
	stream := make([]byte, len(iv))
	register := append([]byte(nil), iv...)
	return func(data []byte) {
		for i, in := range data {
			var out byte
			for bit := 7; bit >= 0; bit-- {
				b.Encrypt(stream, register)
				got := in >> bit & 1
				put := got ^ stream[0]>>7
				out |= put << bit
				fed := put
				if decrypt {
					fed = got
				}
				for j := len(register) - 1; j >= 0; j-- {
					high := register[j] >> 7
					register[j] = register[j]<<1 | fed
					fed = high
				}
			}
			data[i] = out
		}
	}
}

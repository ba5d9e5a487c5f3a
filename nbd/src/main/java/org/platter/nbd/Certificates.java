// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.ExportTls;

/** Reads certificates and keys from files. */
final class Certificates {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN (RSA |EC )?PRIVATE KEY-----([^-]*)-----END (RSA |EC )?PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final long MAX_FILE = 1 << 20;

    /** What makes an RSA key of PKCS #1 one of PKCS #8: version and algorithm. */
    private static final byte[] RSA_ALGORITHM = HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    /** The algorithm of keys on elliptic curves, and the version of PKCS #8; the name of the curve follows. */
    private static final byte[] EC_VERSION = HexFormat.of().parseHex("020100");

    private static final byte[] EC_ALGORITHM = HexFormat.of().parseHex("06072a8648ce3d0201");

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int CURVE = 0xa0;

    private Certificates() {}

    /** The keys for a server that is to encrypt like this; {@code BAD_VALUE}, naming the file, if they are no good. */
    static SSLContext context(ExportTls tls) throws DiskException {
        try {
            char[] password = tls.password().orElse("").toCharArray();
            KeyStore keys = tls.key().isPresent() || pem(tls.certificate())
                    ? fromPem(tls.certificate(), tls.key().orElse(tls.certificate()), password)
                    : fromPkcs12(tls.certificate(), password);
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), trust(tls), null);
            return context;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "encryption by " + tls.certificate() + " is not possible: " + e.getMessage(),
                    e);
        }
    }

    private static boolean pem(Path file) throws IOException {
        return new String(read(file), StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
    }

    private static KeyStore fromPem(Path certificates, Path key, char[] password)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server", key(key), password, certificates(certificates).toArray(Certificate[]::new));
        return store;
    }

    private static KeyStore fromPkcs12(Path file, char[] password) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = new ByteArrayInputStream(read(file))) {
            store.load(in, password);
        }
        return store;
    }

    private static TrustManager[] trust(ExportTls tls) throws GeneralSecurityException, IOException {
        if (tls.authorities().isEmpty()) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate authority : certificates(tls.authorities().get())) {
            store.setCertificateEntry("authority" + number++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws GeneralSecurityException, IOException {
        // text around the certificates, and a key among them, is not for the factory
        String pem = new String(read(file), StandardCharsets.ISO_8859_1);
        StringBuilder only = new StringBuilder();
        Matcher matcher = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")
                .matcher(pem);
        while (matcher.find()) {
            only.append(matcher.group()).append('\n');
        }
        if (only.isEmpty()) {
            throw new IOException(file + " has no certificate");
        }
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(only.toString().getBytes(StandardCharsets.US_ASCII)));
    }

    private static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
        Matcher matcher = KEY.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
        if (!matcher.find()) {
            throw new IOException(file + " has no private key of PKCS #8, PKCS #1 or SEC 1 that is not encrypted");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(2));
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(
                switch (String.valueOf(matcher.group(1)).strip()) {
                    case "RSA" -> pkcs8(RSA_ALGORITHM, encoded);
                    case "EC" -> pkcs8(ecAlgorithm(file, encoded), encoded);
                    default -> encoded;
                });
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // it is one of another kind
                continue;
            }
        }
        throw new InvalidKeySpecException(file + " has a key of an unknown kind");
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return der(SEQUENCE, joined(algorithm, der(OCTETS, key)));
    }

    /** What a key of SEC 1, as openssl ecparam writes it, says of its curve. */
    private static byte[] ecAlgorithm(Path file, byte[] key) throws IOException {
        ByteBuffer sequence = element(file, ByteBuffer.wrap(key), SEQUENCE);
        while (sequence.hasRemaining()) {
            int tag = sequence.get(sequence.position()) & 0xff;
            ByteBuffer part = element(file, sequence, tag);
            if (tag == CURVE) {
                byte[] curve = new byte[part.remaining()];
                part.get(curve);
                return joined(EC_VERSION, der(SEQUENCE, joined(EC_ALGORITHM, curve)));
            }
        }
        throw new IOException(file + " has a key on an elliptic curve that it does not name");
    }

    /** The content of the next element of DER. */
    private static ByteBuffer element(Path file, ByteBuffer der, int tag) throws IOException {
        if (der.remaining() >= 2 && (der.get() & 0xff) == tag) {
            int first = der.get() & 0xff;
            int length = first < 0x80 ? first : 0;
            for (int more = first < 0x80 ? 0 : first - 0x80; more > 0 && der.hasRemaining(); more--) {
                length = length << 8 | der.get() & 0xff;
            }
            if (length >= 0 && length <= der.remaining()) {
                ByteBuffer content = der.slice(der.position(), length);
                der.position(der.position() + length);
                return content;
            }
        }
        throw new IOException(file + " has a key that is cut or damaged");
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** An element of DER with a length of three bytes, which is as good as a shorter one to the JDK. */
    private static byte[] der(int tag, byte[] content) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) MAX_FILE + 1);
            if (bytes.length > MAX_FILE) {
                throw new IOException(file + " is too large for keys");
            }
            return bytes;
        }
    }
}

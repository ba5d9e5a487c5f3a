// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key with a certificate that it has signed itself, made by the JDK's tool, in all the forms that files have. */
record TestKeys(Path pkcs12, Path certificate, Path key) {
    static final String PASSWORD = "changeit";
    private static final int RSA_HEADER = 26;

    /** New keys of that algorithm, for "localhost". */
    static TestKeys make(Path folder, String name, String algorithm) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-ext",
                        "bc:c=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        tool.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        assertEquals(0, tool.waitFor());
        KeyStore keys = load(store);
        byte[] key = keys.getKey("key", PASSWORD.toCharArray()).getEncoded();
        byte[] certificate = keys.getCertificate("key").getEncoded();
        return new TestKeys(
                store,
                pem(folder.resolve(name + "-cert.pem"), "CERTIFICATE", certificate),
                pem(folder.resolve(name + "-key.pem"), "PRIVATE KEY", key));
    }

    /** The private key in the older form that only RSA has. */
    Path pkcs1(Path file) throws IOException {
        String text = Files.readString(key).replaceAll("(?s)^.*?-----BEGIN [A-Z ]+-----|-----END.*", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(text);
        return pem(file, "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, RSA_HEADER, pkcs8.length));
    }

    /** The private key as openssl ecparam writes it, which only elliptic curves have: the curve's parameters, then SEC 1. */
    Path sec1(Path file) throws Exception {
        ECPrivateKey ec = (ECPrivateKey) load(pkcs12).getKey("key", PASSWORD.toCharArray());
        boolean small = ec.getParams().getOrder().bitLength() <= 256;
        byte[] curve = HexFormat.of().parseHex(small ? "06082a8648ce3d030107" : "06052b81040022");
        int length = small ? 32 : 48;
        byte[] secret = ec.getS().toByteArray();
        ByteBuffer key = ByteBuffer.allocate(7 + length + 2 + curve.length);
        key.put(new byte[] {0x30, (byte) (key.capacity() - 2), 2, 1, 1, 4, (byte) length});
        for (int i = 0; i < length; i++) {
            int at = secret.length - length + i;
            key.put(at < 0 ? 0 : secret[at]);
        }
        key.put((byte) 0xa0).put((byte) curve.length).put(curve);
        pem(file, "EC PARAMETERS", curve);
        String parameters = Files.readString(file);
        return Files.writeString(file, parameters + Files.readString(pem(file, "EC PRIVATE KEY", key.array())));
    }

    private static Path pem(Path file, String what, byte[] content) throws IOException {
        String text = "some text before\n-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder().encodeToString(content)
                + "\n-----END " + what + "-----\n";
        return Files.writeString(file, text);
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    /** What a client needs that trusts these and shows its own, or none. */
    SSLContext client(TestKeys own) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", load(pkcs12).getCertificate("key"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own == null ? null : load(own.pkcs12), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}

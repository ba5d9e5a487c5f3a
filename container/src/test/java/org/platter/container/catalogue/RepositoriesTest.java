// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Version;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class RepositoriesTest {
    @TempDir
    Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Repositories of(URI... indexes) {
        return new Repositories(List.of(indexes), folder.resolve("kept"));
    }

    private IndexedResource written(byte[] jar, String digest) throws IOException {
        Files.write(folder.resolve("a b.jar"), jar);
        Path index = Files.writeString(folder.resolve("index.xml"), Jars.index("org.foo", "FOO", "a b.jar", digest));
        return of(index.toUri()).resources().get(0);
    }

    @Test
    void anIndexSaysWhatABundleOffersAndNeeds() throws IOException {
        IndexedResource resource = written(new byte[17], "00");
        assertEquals("org.foo", resource.bundle());
        assertEquals(new Version(1, 2, 3), resource.version());
        assertEquals(folder.resolve("a b.jar").toUri(), resource.content());
        assertEquals(1, resource.getRequirements("osgi.wiring.package").size());
        Offer offer = Offer.of(resource).get(0);
        assertTrue(offer.named("foo") && offer.suits("x.bar") && !offer.ours());
        assertEquals(
                17L,
                resource.getCapabilities("osgi.content").get(0).getAttributes().get("size"));
    }

    @Test
    void onlyWhatTheDigestConfirmsIsTaken() throws IOException {
        byte[] jar = Jars.format("org.foo", "1.2.3", "platter.format;name=FOO");
        assertArrayEquals(jar, Fetch.verified(written(jar, Fetch.digest(jar).toUpperCase(java.util.Locale.ROOT))));
        IndexedResource other = written(jar, Fetch.digest(new byte[1]));
        assertEquals(
                ErrorCode.CORRUPT,
                assertThrows(DiskException.class, () -> Fetch.verified(other)).code());
        IndexedResource silent = written(jar, "");
        assertEquals(
                ErrorCode.BAD_HEADER,
                assertThrows(DiskException.class, () -> Fetch.verified(silent)).code());
    }

    @Test
    void oneThatCannotBeReadHidesNoOther() throws IOException {
        Path good = Files.writeString(folder.resolve("good.xml"), Jars.index("org.foo", "FOO", "a.jar", "00"));
        Path bad = Files.writeString(folder.resolve("bad.xml"), "<html>");
        assertEquals(
                1,
                of(bad.toUri(), folder.resolve("none.xml").toUri(), good.toUri())
                        .resources()
                        .size());
    }

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        Path index = Files.writeString(folder.resolve("i.xml"), Jars.index("org.foo", "FOO", "a.jar", "00"));
        Repositories repositories = of(index.toUri());
        assertEquals("org.foo", repositories.resources().get(0).bundle());
        Files.writeString(index, Jars.index("org.bar", "FOO", "a.jar", "00"));
        Files.setLastModifiedTime(index, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        assertEquals("org.bar", repositories.resources().get(0).bundle());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<repository>",
                "<repository><capability namespace='a'/></repository>",
                "<repository><resource><capability/></resource></repository>",
                "<repository><resource><capability namespace='a'><attribute name='v' type='Version' value='x'/>"
                        + "</capability></resource></repository>",
                "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><repository>&a;</repository>"
            })
    void whatIsNoIndexIsRefused(String text) {
        DiskException failure = assertThrows(
                DiskException.class, () -> IndexReader.read(URI.create("https://example.com/index.xml"), bytes(text)));
        assertEquals(ErrorCode.BAD_HEADER, failure.code());
        assertTrue(failure.getMessage().startsWith("https://example.com/index.xml is not an index"));
    }

    @Test
    void theNetworkIsAskedOnceADayAndMayFail() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(bytes(Jars.index("org.foo", "FOO", "jars/a.jar", "00")));
        }
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/index.xml.gz", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(200, compressed.size());
            exchange.getResponseBody().write(compressed.toByteArray());
            exchange.close();
        });
        server.start();
        URI index = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/index.xml.gz");
        try {
            Repositories repositories = of(index);
            assertEquals(
                    index.resolve("jars/a.jar"), repositories.resources().get(0).content());
            repositories.resources();
            assertEquals(1, of(index).resources().size());
            assertEquals(1, asked.get());
            assertEquals(
                    ErrorCode.NOT_FOUND,
                    assertThrows(DiskException.class, () -> Fetch.bytes(index.resolve("/none")))
                            .code());
        } finally {
            server.stop(0);
        }
        try (var files = Files.list(folder.resolve("kept"))) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            }
        }
        assertEquals(1, of(index).resources().size(), "what it said before is used");
    }

    @Test
    void aUrlThatNothingOpensIsSaidToBeOne() {
        DiskException failure = assertThrows(DiskException.class, () -> Fetch.bytes(URI.create("mvn:org.foo/foo/1.0")));
        assertEquals(ErrorCode.NOT_SUPPORTED, failure.code());
        assertTrue(failure.getMessage().contains("mvn: URLs"), failure.getMessage());
    }
}

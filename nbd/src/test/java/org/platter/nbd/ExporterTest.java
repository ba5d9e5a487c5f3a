// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.ExportRequest;
import org.platter.export.ExportTls;
import org.platter.nbd.session.Limits;

class ExporterTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final NbdExporter exporter = new NbdExporter(Limits.DEFAULT);
    private final MemoryDisk disk = new MemoryDisk(1 << 20);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        exporter.close();
    }

    private static void assertCode(ErrorCode code, org.junit.jupiter.api.function.Executable call) {
        assertEquals(code, assertThrows(DiskException.class, call).code());
    }

    @Test
    void listensAtTheLoopbackInterfaceUnlessAsked() {
        ExportRequest request = ExportRequest.of("x");
        assertEquals("/127.0.0.1:10809", request.address().toString());
    }

    @Test
    void tellsTheAddressInUse() throws DiskException {
        DiskExport export = exporter.export(disk, ExportRequest.of("a b/ü").at(ANY_PORT));
        int port = ((InetSocketAddress) export.request().address()).getPort();
        assertTrue(port > 0);
        assertEquals("nbd://127.0.0.1:" + port + "/a%20b%2F%C3%BC", export.uri().toString());
        assertEquals(List.of(export), exporter.exports());
    }

    @Test
    void servesUnixSocketsAndRemovesThem() throws IOException {
        Path path = folder.resolve("nbd.sock");
        DiskExport export = exporter.export(disk, ExportRequest.of("d").at(UnixDomainSocketAddress.of(path)));
        assertEquals("nbd+unix:///d?socket=" + path, export.uri().toString());
        try (NbdClient client = NbdClient.open(export.request().address(), "d", NbdClient.Style.STRUCTURED)) {
            client.write(512, new byte[] {1, 2, 3});
            assertArrayEquals(new byte[] {0, 1, 2, 3, 0}, client.read(511, 5));
        }
        export.close();
        assertFalse(Files.exists(path));
        export.close();
    }

    @Test
    void aFlushOfOneClientCoversTheWritesOfAll() throws IOException {
        List<String> calls = new CopyOnWriteArrayList<>();
        disk.hook = (call, offset) -> calls.add(call);
        DiskExport export = exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        try (NbdClient one = NbdClient.open(export.request().address(), "d", NbdClient.Style.SIMPLE);
                NbdClient two = NbdClient.open(export.request().address(), "d", NbdClient.Style.EXTENDED)) {
            one.write(0, new byte[512]);
            assertEquals(0, two.call(NbdClient.FLUSH, 0, 0, 0).error());
            assertEquals(List.of("write", "flush"), calls);
        }
    }

    @Test
    void takesOverASocketThatNobodyListensAt() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("nbd.sock"));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address).close();
        assertTrue(Files.exists(address.getPath()));
        exporter.export(disk, ExportRequest.of("d").at(address));
        NbdClient.open(address, "d", NbdClient.Style.SIMPLE).close();
    }

    @Test
    void neverTouchesWhatIsNoSocketOrNotIts() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        ExportRequest atFile = ExportRequest.of("d").at(UnixDomainSocketAddress.of(file));
        assertCode(ErrorCode.EXISTS, () -> exporter.export(disk, atFile));
        assertEquals("precious", Files.readString(file));
        UnixDomainSocketAddress other = UnixDomainSocketAddress.of(folder.resolve("other"));
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(other);
            assertCode(
                    ErrorCode.LOCKED,
                    () -> exporter.export(disk, ExportRequest.of("d").at(other)));
            assertTrue(Files.exists(other.getPath()));
        }
    }

    @Test
    void aPortInUseIsLocked() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ExportRequest request = ExportRequest.of("d").at(socket.getLocalSocketAddress());
            assertCode(ErrorCode.LOCKED, () -> exporter.export(disk, request));
        }
        assertEquals(List.of(), exporter.exports());
    }

    @Test
    void anAddressThatIsNotOfThisHostIsNotFound() throws IOException {
        InetSocketAddress foreign =
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 0);
        assertCode(
                ErrorCode.NOT_FOUND,
                () -> exporter.export(disk, ExportRequest.of("d").at(foreign)));
    }

    @Test
    void namesAreUniqueAtOneAddressOnly() throws DiskException {
        DiskExport first = exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        assertCode(ErrorCode.EXISTS, () -> exporter.export(disk, first.request()));
        exporter.export(disk, first.request().withName("e"));
        exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        assertEquals(3, exporter.exports().size());
    }

    @Test
    void theAddressIsFreeAsSoonAsTheLastExportIsClosed() throws IOException {
        DiskExport first = exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        DiskExport second = exporter.export(disk, first.request().withName("e"));
        first.close();
        NbdClient.open(second.request().address(), "e", NbdClient.Style.SIMPLE).close();
        second.close();
        for (int i = 0; i < 20; i++) {
            exporter.export(disk, first.request()).close();
        }
    }

    @Test
    void aDiskWithoutImageCannotBeExported() {
        disk.close();
        assertCode(
                ErrorCode.NOT_OPENED,
                () -> exporter.export(disk, ExportRequest.of("d").at(ANY_PORT)));
    }

    @Test
    void keysThatCannotBeReadAreBadValues() {
        ExportTls tls = ExportTls.pem(folder.resolve("none.pem"), folder.resolve("none.key"));
        ExportRequest request = ExportRequest.of("d").at(ANY_PORT).withTls(tls);
        assertCode(ErrorCode.BAD_VALUE, () -> exporter.export(disk, request));
    }

    @Test
    void closingTheExporterClosesItsExportsAndNotTheDisks() throws IOException {
        DiskExport export = exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        NbdClient client = NbdClient.open(export.request().address(), "d", NbdClient.Style.SIMPLE);
        client.write(0, new byte[512]);
        exporter.close();
        assertTrue(client.gone());
        assertEquals(List.of(), exporter.exports());
        assertEquals(1, disk.flushes.get());
        assertFalse(disk.closed);
    }

    @Test
    void tellsOfExportsAndClientsThatComeAndGo() throws IOException, InterruptedException {
        BlockingQueue<NbdExporter.Change> changes = new LinkedBlockingQueue<>();
        exporter.watch((export, change) -> changes.add(change));
        DiskExport export = exporter.export(disk, ExportRequest.of("d").at(ANY_PORT));
        assertEquals(NbdExporter.Change.OPENED, changes.take());
        NbdClient client = NbdClient.open(export.request().address(), "d", NbdClient.Style.SIMPLE);
        assertEquals(NbdExporter.Change.CLIENT_CAME, changes.take());
        client.close();
        assertEquals(NbdExporter.Change.CLIENT_WENT, changes.take());
        export.close();
        assertEquals(NbdExporter.Change.CLOSED, changes.take());
    }

    @Test
    void diskServicesSayWhereTheyAreExported() throws IOException {
        DeclaredExports declared = new DeclaredExports(exporter);
        String unix = "nbd+unix:///two?socket=" + folder.resolve("sock");
        Map<String, Object> properties = Map.of(
                "platter.export",
                new String[] {"nbd://127.0.0.1:0/one", unix, "nonsense"},
                "platter.export.readOnly",
                "true",
                "platter.export.description",
                "declared");
        declared.add(disk, properties);
        assertEquals(2, exporter.exports().size());
        DiskExport second = exporter.exports().get(1);
        assertEquals(unix, second.uri().toString());
        assertTrue(second.readOnly());
        assertEquals("declared", second.request().description());
        declared.remove(disk);
        assertEquals(List.of(), exporter.exports());
    }
}

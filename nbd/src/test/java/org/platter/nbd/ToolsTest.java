// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.export.DiskExport;
import org.platter.export.ExportTls;
import org.platter.nbd.session.Limits;

/** Clients that others have written. */
class ToolsTest {
    private static final int SIZE = 16 << 20;

    private final MemoryDisk disk = new MemoryDisk(SIZE);
    private final Rig rig = new Rig(Limits.DEFAULT);
    private final byte[] content = new byte[SIZE];
    private String uri;

    @TempDir
    Path folder;

    @BeforeEach
    void export() throws IOException {
        byte[] data = new byte[1 << 20];
        new Random(1).nextBytes(data);
        for (int at : new int[] {0, 4 << 20, SIZE - data.length}) {
            disk.write(ByteBuffer.wrap(data), at);
            System.arraycopy(data, 0, content, at, data.length);
        }
        uri = rig.export(disk, r -> r.describedAs("a test")).uri().toString();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private Path file(String name) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    @Test
    void nbdinfoSeesTheExportAndItsMap() throws Exception {
        Tools.need("nbdinfo");
        String list = Tools.run("nbdinfo", "--list", uri);
        assertTrue(list.contains("export=\"disk\"") && list.contains("description: a test"), list);
        String info = Tools.run("nbdinfo", "--json", uri);
        for (String fact : new String[] {
            "\"export-size\": " + SIZE,
            "\"can_multi_conn\": true",
            "\"can_fast_zero\": true",
            "\"structured\": true",
            "\"block_size_maximum\": 33554432",
            "base:allocation"
        }) {
            assertTrue(info.contains(fact), fact + " is not in " + info);
        }
        String map = Tools.run("nbdinfo", "--map", uri).replaceAll(" +", " ");
        assertEquals("""
                 0 1048576 0 data
                 1048576 3145728 3 hole,zero
                 4194304 1048576 0 data
                 5242880 10485760 3 hole,zero
                 15728640 1048576 0 data
                """, map);
    }

    @Test
    void nbdcopyCopiesBothWays() throws Exception {
        Tools.need("nbdcopy");
        Path back = folder.resolve("back");
        Tools.run("nbdcopy", uri, back.toString());
        assertArrayEquals(content, Files.readAllBytes(back));
        new Random(2).nextBytes(content);
        Arrays.fill(content, 2 << 20, 7 << 20, (byte) 0);
        Tools.run("nbdcopy", "--flush", file("new").toString(), uri);
        assertArrayEquals(content, disk.content());
        assertTrue(disk.flushes.get() > 0);
    }

    @Test
    void qemuImgConvertsComparesAndMaps() throws Exception {
        Tools.need("qemu-img");
        String map = Tools.run("qemu-img", "map", "--output=json", "-f", "raw", uri);
        assertTrue(map.contains("\"start\": 5242880, \"length\": 10485760, \"depth\": 0"), map);
        Path copy = folder.resolve("copy.qcow2");
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri, copy.toString());
        Tools.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", uri, copy.toString());
        Tools.run("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", copy.toString(), uri);
        assertArrayEquals(content, disk.content());
        assertTrue(Tools.run(
                        "qemu-img",
                        "compare",
                        "-f",
                        "raw",
                        "-F",
                        "raw",
                        uri,
                        file("x").toString())
                .contains("identical"));
    }

    @Test
    void qemuIoRunsItsScripts() throws Exception {
        Tools.need("qemu-io");
        String output = Tools.run(
                "qemu-io",
                "-f",
                "raw",
                uri,
                "-c",
                "write -P 17 3000 5001",
                "-c",
                "read -P 17 3000 5001",
                "-c",
                "write -z 100000 65536",
                "-c",
                "read -P 0 100000 65536",
                "-c",
                "write -z -u 200000 4096",
                "-c",
                "write -f -P 33 1M 2M",
                "-c",
                "discard 1M 64k",
                "-c",
                "aio_write -P 5 5M 1M",
                "-c",
                "aio_write -P 6 6M 1M",
                "-c",
                "aio_flush",
                "-c",
                "flush",
                "-c",
                "read -P 5 5M 1M",
                "-c",
                "read -P 6 6M 1M",
                "-c",
                "read -P 33 2M 1M");
        assertFalse(output.contains("failed"), output);
        assertTrue(disk.flushes.get() > 0);
    }

    @Test
    void fioVerifiesWhatItWrites() throws Exception {
        Tools.need("fio");
        String output = Tools.run(
                "fio",
                "--name=verify",
                "--directory=" + folder,
                "--ioengine=nbd",
                "--uri=" + uri,
                "--rw=randrw",
                "--bsrange=512-64k",
                "--iodepth=32",
                "--numjobs=4",
                "--size=4m",
                "--offset_increment=4m",
                "--verify=crc32c",
                "--verify_fatal=1",
                "--verify_state_save=0");
        assertFalse(output.contains("verify failed"), output);
        assertTrue(output.contains("err= 0"), output);
    }

    @Test
    void unixSocketsWorkToo() throws Exception {
        Tools.need("nbdcopy");
        DiskExport export = rig.exporter.export(
                disk,
                rig.exporter
                        .exports()
                        .get(0)
                        .request()
                        .withName("a name/with ü")
                        .at(UnixDomainSocketAddress.of(folder.resolve("sock"))));
        Path back = folder.resolve("back");
        Tools.run("nbdcopy", export.uri().toString(), back.toString());
        assertArrayEquals(content, Files.readAllBytes(back));
    }

    @Test
    void nbdinfoComesEncrypted() throws Exception {
        Tools.need("nbdinfo");
        TestKeys keys = TestKeys.make(folder, "rsa", "RSA");
        Files.copy(keys.certificate(), folder.resolve("ca-cert.pem"));
        Rig secret = new Rig(Limits.DEFAULT);
        DiskExport export = secret.export(disk, r -> r.withTls(ExportTls.pem(keys.certificate(), keys.key())));
        String place = export.uri().toString().replace("127.0.0.1", "localhost") + "?tls-certificates=" + folder;
        assertEquals(SIZE + "\n", Tools.run("nbdinfo", "--size", place));
        Path back = folder.resolve("back");
        Tools.run("nbdcopy", place, back.toString());
        assertArrayEquals(content, Files.readAllBytes(back));
        secret.close();
    }
}

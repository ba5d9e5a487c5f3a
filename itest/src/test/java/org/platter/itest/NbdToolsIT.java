// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.inject.Inject;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportRequest;
import org.platter.format.ImageFlag;

/** Every kind of disk, exported, is a disk like any other to the programs that speak NBD. */
@RunWith(PaxExam.class)
public class NbdToolsIT {
    private static final int SIZE = 32 << 20;
    private static final int CLIENTS = 4;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private DiskManager manager;

    @Inject
    private DiskExporter exporter;

    private final byte[] content = new byte[SIZE];
    private Programs programs;

    private Path path(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private CreateRequest image(String name) {
        return CreateRequest.of(path(name).toUri()).withSize(SIZE);
    }

    @Test
    public void aVdi() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("disk.vdi"));
            serve(disk);
        }
    }

    @Test
    public void aVmdk() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("disk.vmdk"));
            serve(disk);
        }
    }

    @Test
    public void aRawDisk() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("disk.img").withFormat("RAW"));
            serve(disk);
        }
    }

    @Test
    public void aChain() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("base.img").withFormat("RAW"));
            disk.create(image("middle.vmdk").with(ImageFlag.DIFF));
            disk.create(image("top.vdi").with(ImageFlag.DIFF));
            serve(disk);
        }
    }

    @Test
    public void aUnitOfATarget() throws Exception {
        Programs.need("tgtd", "tgtadm");
        String rig = Path.of(System.getProperty("platter.home"), "../../../backend-iscsi/src/test/rigs/tgt.sh")
                .normalize()
                .toString();
        String folder = path("target").toString();
        programs = new Programs(temporary.getRoot().toPath());
        String facts = programs.run("bash", rig, "start", folder, "0", "--size", SIZE + "", "--thin");
        try (VirtualDisk disk = manager.newDisk()) {
            String url = facts.lines()
                    .filter(line -> line.startsWith("URL="))
                    .findFirst()
                    .orElseThrow();
            disk.open(OpenRequest.of(URI.create(url.substring("URL=".length()))));
            serve(disk);
        } finally {
            programs.run("bash", rig, "stop", folder);
        }
    }

    private void serve(VirtualDisk disk) throws Exception {
        Programs.need("nbdinfo", "nbdcopy", "qemu-img", "qemu-io", "fio");
        programs = new Programs(temporary.getRoot().toPath());
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (DiskExport export = exporter.export(disk, ExportRequest.of("disk").at(any))) {
            String uri = export.uri().toString();
            libnbd(uri);
            qemuImg(uri);
            qemuIo(uri);
            long errors = export.statistics().errors();
            programs.end(programs.fio(export.uri(), CLIENTS, SIZE / CLIENTS), 0);
            assertEquals(errors, export.statistics().errors());
        }
    }

    private void libnbd(String uri) throws Exception {
        Random random = new Random(1);
        for (int at = 4096; at < SIZE; at += 8 << 20) {
            byte[] part = new byte[3 << 20];
            random.nextBytes(part);
            System.arraycopy(part, 0, content, at, part.length);
        }
        Path source = Files.write(path("source"), content);
        String list = programs.run("nbdinfo", "--list", uri);
        assertTrue(list, list.contains("export=\"disk\"") && list.contains("export-size: " + SIZE));
        programs.run("nbdcopy", source.toString(), uri);
        checkMap(programs.run("nbdinfo", "--map", "--json", uri), "offset", "type", 3);
        programs.run("nbdcopy", uri, path("back").toString());
        assertEquals(-1, Files.mismatch(source, path("back")));
    }

    private void qemuImg(String uri) throws Exception {
        String copy = path("copy.qcow2").toString();
        programs.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri, copy);
        programs.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", uri, copy);
        checkMap(programs.run("qemu-img", "map", "--output=json", "-f", "raw", uri), "start", "zero", true);
        // other data, and zeroes where data was
        Arrays.fill(content, 1 << 20, 9 << 20, (byte) 0);
        Arrays.fill(content, 20 << 20, 21 << 20, (byte) 7);
        Path source = Files.write(path("source"), content);
        programs.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source.toString(), uri);
        programs.run("qemu-img", "compare", "-f", "raw", "-F", "raw", uri, source.toString());
    }

    /** Everything is said once, and what is said to be zero is. */
    private void checkMap(String json, String offset, String kind, Object zero) {
        long at = 0;
        for (JsonElement element : new Gson().fromJson(json, JsonArray.class)) {
            JsonObject entry = element.getAsJsonObject();
            assertEquals(json, at, entry.get(offset).getAsLong());
            long end = at + entry.get("length").getAsLong();
            if (entry.get(kind).getAsString().equals(zero.toString())) {
                for (int i = (int) at; i < end; i++) {
                    assertEquals(0, content[i]);
                }
            }
            at = end;
        }
        assertEquals(json, SIZE, at);
    }

    private void qemuIo(String uri) throws Exception {
        String output = programs.run(
                "qemu-io",
                "-f",
                "raw",
                uri,
                "-c",
                "write -P 17 3000 5001",
                "-c",
                "write -z 1M 3M",
                "-c",
                "read -P 17 3000 5001",
                "-c",
                "read -P 0 1M 3M",
                "-c",
                "write -f -P 33 12M 2M",
                "-c",
                "discard 12M 64k",
                "-c",
                "aio_write -P 5 17M 1M",
                "-c",
                "aio_write -P 6 18M 1M",
                "-c",
                "aio_flush",
                "-c",
                "flush",
                "-c",
                "read -P 5 17M 1M",
                "-c",
                "read -P 6 18M 1M",
                "-c",
                "read -P 33 13M 1M");
        assertFalse(output, output.contains("failed"));
    }
}

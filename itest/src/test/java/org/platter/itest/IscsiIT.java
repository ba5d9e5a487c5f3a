// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.format.ImageFlag;
import org.platter.install.FormatInstaller;
import org.platter.storage.TcpConnector;

/** Units of a real target as disks of the product. */
@RunWith(PaxExam.class)
public class IscsiIT {
    private static final String BUNDLE = "org.platter.backend.iscsi";
    private static final String SECRET = "s3cret-0123456789";
    private static final int SIZE = 32 << 20;
    private static final int DEPTH = 32;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private BundleContext context;

    @Inject
    private DiskManager manager;

    @Inject
    private FormatInstaller installer;

    /** Other tests of this framework find the bundle that was there at first. */
    @After
    public void putBack() throws BundleException {
        for (Bundle bundle : context.getBundles()) {
            if (BUNDLE.equals(bundle.getSymbolicName())) {
                bundle.uninstall();
            }
        }
        context.installBundle("reference:" + FormatBundles.file(BUNDLE).toUri()).start();
    }

    private TgtRig target(String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--size", Integer.toString(SIZE)));
        all.addAll(List.of(options));
        return TgtRig.start(temporary.newFolder("target").toPath(), all.toArray(String[]::new));
    }

    private Path path(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private static Duration load() {
        return "true".equals(System.getenv("PLATTER_CI")) ? Duration.ofSeconds(60) : Duration.ofSeconds(6);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    // --- the product as a process ---

    private record Outcome(int status, String out, String err) {}

    private Outcome platter(String... words) throws Exception {
        return outcome(process(words), "");
    }

    private ProcessBuilder process(String... words) {
        List<String> command = new ArrayList<>(List.of(System.getProperty("platter.home") + "/bin/platter"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(temporary.getRoot())
                .redirectError(path("err").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PLATTER_ARCHIVE", "no");
        return builder;
    }

    private Outcome outcome(ProcessBuilder builder, String input) throws Exception {
        Process process = builder.start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out, Files.readString(path("err")));
    }

    private static void assertDone(Outcome outcome) {
        assertEquals(outcome.err(), 0, outcome.status());
    }

    @Test
    public void aUnitTakesADiskAndGivesItBack() throws Exception {
        byte[] disk = new byte[SIZE];
        System.arraycopy(random(5 << 20), 0, disk, 3 << 20, 5 << 20);
        try (TgtRig target = target()) {
            Files.write(path("usr.img"), disk);
            Files.write(target.file(1), random(SIZE)); // whatever was there is gone afterwards
            Outcome asking = platter("convert", "-f", "raw", "usr.img", target.url("", 1));
            assertTrue(asking.err(), asking.status() == 1 && asking.err().contains("--force"));
            assertDone(platter("convert", "--force", "-f", "raw", "usr.img", target.url("", 1)));
            assertArrayEquals(disk, Files.readAllBytes(target.file(1)));
            assertDone(platter("convert", target.url("", 1), "back.img"));
            assertArrayEquals(disk, Files.readAllBytes(path("back.img")));
        }
    }

    @Test
    public void aUnitThatIsTooSmallOrTheSourceItselfIsRefused() throws Exception {
        try (TgtRig target = target()) {
            Files.write(path("large.img"), new byte[SIZE + 512]);
            Outcome small = platter("convert", "-f", "raw", "large.img", target.url("", 1));
            assertTrue(small.err(), small.status() == 1 && small.err().contains("[BAD_SIZE]"));
            Outcome same = platter("convert", target.url("", 1), target.url("", 1));
            assertTrue(same.err(), same.status() == 1 && same.err().contains("[EXISTS]"));
        }
    }

    @Test
    public void targetsPortalsAndUnitsAreDiscovered() throws Exception {
        try (TgtRig target = target("--luns", "2")) {
            Outcome outcome = platter("discover", "--json", target.portal());
            assertDone(outcome);
            JsonArray rows = new Gson().fromJson(outcome.out(), JsonArray.class);
            assertEquals(3, rows.size()); // tgt's controller is the first
            for (int lun = 1; lun <= 2; lun++) {
                JsonObject row = rows.get(lun).getAsJsonObject();
                assertEquals(target.target(), row.get("target").getAsString());
                assertTrue(row.get("portals").toString().contains(target.portal()));
                assertEquals(Integer.toString(lun), row.get("lun").getAsString());
                assertEquals(SIZE, row.get("size").getAsLong());
                assertEquals(512, row.get("sectorSize").getAsInt());
                assertEquals(target.url("", lun), row.get("location").getAsString());
            }
        }
    }

    @Test
    public void secretsComeFromFilesAndVariablesAndAreSeenNowhere() throws Exception {
        Files.writeString(path("secret"), SECRET + "\n");
        Files.writeString(path("wrong"), SECRET + "x\n");
        byte[] disk = random(SIZE);
        Files.write(path("usr.img"), disk);
        StringBuilder seen = new StringBuilder();
        try (TgtRig target = target("--chap", "user:" + SECRET)) {
            String url = target.url("user@", 1);
            Outcome convert = platter("convert", "-f", "raw", "--secret-file", "secret", "usr.img", url);
            assertDone(convert);
            assertArrayEquals(disk, Files.readAllBytes(target.file(1)));
            Outcome wrong = platter("info", "--secret-file", "wrong", url);
            assertTrue(wrong.err(), wrong.status() == 1 && wrong.err().contains("[DENIED]"));
            ProcessBuilder variable = process("info", "--json", "-o", "InitiatorSecret=@env:OUR_SECRET", url);
            variable.environment().put("OUR_SECRET", SECRET);
            Outcome info = outcome(variable, "");
            assertDone(info);
            for (Outcome outcome : List.of(convert, wrong, info)) {
                seen.append(outcome.out()).append(outcome.err());
            }
            seen.append(whileOpen(url));
        }
        assertTrue(seen.toString(), seen.toString().contains("InitiatorSecret")); // backends lists the key
        assertFalse(seen.toString(), seen.toString().contains("s3cret"));
        String hexadecimal = java.util.HexFormat.of().formatHex("s3cret".getBytes(StandardCharsets.UTF_8));
        assertFalse(seen.toString(), seen.toString().contains(hexadecimal));
    }

    /** All that a process tells while a disk is open in it, and what other users see of it. */
    private String whileOpen(String url) throws Exception {
        Process process = process("-").redirectErrorStream(true).start();
        process.getOutputStream()
                .write(("open -n unit --secret-file secret " + url
                                + "\nlist\ninfo unit\ninfo --json unit\nbackends --json\nlist --json\necho ready\n")
                        .getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        StringBuilder seen = new StringBuilder();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null && !line.equals("ready")) {
                seen.append(line).append('\n');
                line = lines.readLine();
            }
            seen.append(Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")));
            process.getOutputStream().close();
            lines.lines().forEach(seen::append);
        }
        assertEquals(seen.toString(), 0, process.waitFor());
        return seen.toString();
    }

    // --- the product as a framework ---

    private VirtualDisk open(TgtRig target) throws IOException {
        VirtualDisk disk = manager.newDisk();
        disk.open(OpenRequest.of(URI.create(target.url("", 1))).with(OpenFlag.ASYNC_IO));
        return disk;
    }

    @Test
    public void aVdiOnTopOfAUnitLeavesItAloneUntilMerged() throws Exception {
        byte[] base = random(SIZE);
        URI child = path("child.vdi").toUri();
        try (TgtRig target = target()) {
            Files.write(target.file(1), base);
            URI unit = URI.create(target.url("", 1));
            byte[] data = random(100_352);
            byte[] model = base.clone();
            System.arraycopy(data, 0, model, 4_000_256, data.length);
            try (VirtualDisk disk = open(target)) {
                disk.create(CreateRequest.of(child).with(ImageFlag.DIFF));
                disk.write(ByteBuffer.wrap(data), 4_000_256);
                assertArrayEquals(model, content(disk));
            }
            assertArrayEquals(base, Files.readAllBytes(target.file(1)));
            try (VirtualDisk disk = manager.newDisk()) {
                disk.openChain(OpenRequest.of(child).withParents(List.of(unit)));
                assertArrayEquals(model, content(disk));
                disk.merge(disk.last(), disk.layers().get(0)).join();
                assertArrayEquals(model, content(disk));
            }
            assertArrayEquals(model, Files.readAllBytes(target.file(1)));
        }
    }

    private static byte[] content(VirtualDisk disk) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) disk.size());
        disk.read(all, 0);
        return all.array();
    }

    @Test
    public void noRequestFailsWhileTheBundleIsReplaced() throws Exception {
        try (TgtRig target = target();
                VirtualDisk disk = open(target)) {
            Load load = new Load(disk, 8).start();
            long end = System.nanoTime() + load().toNanos();
            int swaps = 0;
            while (System.nanoTime() < end) {
                replace(swaps++);
                Thread.sleep(200);
            }
            System.out.println("IscsiIT: " + swaps + " swaps under load: " + load.end());
            assertEquals(Layer.State.OPEN, disk.last().state());
            assertTrue(swaps > 3);
        }
    }

    private void replace(int number) throws Exception {
        Bundle bundle = FormatBundles.find(context, BUNDLE);
        byte[] next = FormatBundles.version(FormatBundles.jar(BUNDLE), "2.0." + number);
        switch (number % 4) {
            case 0 -> {
                bundle.stop();
                bundle.start();
            }
            case 1 -> bundle.update(new ByteArrayInputStream(next));
            case 2 -> {
                bundle.uninstall();
                context.installBundle("test:" + BUNDLE + number, new ByteArrayInputStream(next))
                        .start();
            }
            default -> installer.upgrade("iSCSI", FormatBundles.written(path(""), "next" + number + ".jar", next));
        }
    }

    /** Resets connections as a router does that has forgotten them. */
    private static final class Resetting implements TcpConnector {
        private final List<SocketChannel> channels = new ArrayList<>(); // guarded by this

        @Override
        public SocketChannel connect(InetSocketAddress address, Duration timeout) throws IOException {
            SocketChannel channel = SocketChannel.open(address);
            synchronized (this) {
                channels.add(channel);
            }
            return channel;
        }

        synchronized int connections() {
            return channels.size();
        }

        synchronized void reset() throws IOException {
            for (SocketChannel channel : channels) {
                if (channel.isOpen()) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                    channel.close();
                }
            }
        }
    }

    @Test
    public void restartsAndResetsCostTimeAndNothingElse() throws Exception {
        Resetting connector = new Resetting();
        ServiceRegistration<TcpConnector> service = context.registerService(
                TcpConnector.class, connector, new Hashtable<>(Map.of(Constants.SERVICE_RANKING, 1000)));
        try (TgtRig target = target();
                VirtualDisk disk = open(target)) {
            Load load = new Load(disk, DEPTH).start();
            long step = load().toMillis() / 14;
            Random random = new Random(7);
            for (int fault = 1; fault <= 13; fault++) {
                Thread.sleep(step / 2 + random.nextLong(step));
                load.awaitProgress();
                if (fault % 4 == 0) {
                    target.run("crash");
                    target.run("restart");
                } else {
                    connector.reset();
                }
            }
            load.awaitProgress();
            System.out.println(
                    "IscsiIT: 3 restarts, 10 resets, " + connector.connections() + " connections: " + load.end());
            assertTrue(connector.connections() > 13);
        } finally {
            service.unregister();
        }
    }

    @Test
    public void qemuReadsTheSame() throws Exception {
        Path driver = Path.of("/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so");
        boolean there = Files.exists(driver) && Files.isExecutable(Path.of("/usr/bin/qemu-img"));
        assertTrue("qemu-img with iSCSI is missing", there || !"true".equals(System.getenv("PLATTER_CI")));
        org.junit.Assume.assumeTrue(there);
        byte[] disk = Arrays.copyOf(random(9 << 20), SIZE);
        try (TgtRig target = target()) {
            Files.write(path("usr.img"), disk);
            assertDone(platter("convert", "-f", "raw", "usr.img", target.url("", 1)));
            Process compare = new ProcessBuilder(
                            "qemu-img", "compare", "-f", "raw", "-F", "raw", "usr.img", target.url("", 1))
                    .directory(temporary.getRoot())
                    .start();
            assertTrue(compare.waitFor(1, TimeUnit.MINUTES));
            assertEquals(0, compare.exitValue());
        }
    }
}

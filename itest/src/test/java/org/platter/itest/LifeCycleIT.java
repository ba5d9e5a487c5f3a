// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.platter.disk.DiskOptions;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;

/** Any way to manage bundles swaps formats: the commands of the framework's shell, a watched folder. */
@RunWith(PaxExam.class)
public class LifeCycleIT extends HotSwap {
    @Inject
    private CommandProcessor processor;

    @Inject
    private ConfigurationAdmin configurations;

    @Test
    public void theShellsOwnCommandsSwap() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT);
                Pauses pauses = new Pauses(context);
                CommandSession session = processor.createSession(
                        InputStream.nullInputStream(), new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
            Load load = new Load(disk, 4).start();
            int swaps = 0;
            for (String name : FORMATS) {
                session.execute("felix:stop " + name);
                session.execute("felix:start " + bundle(name).getBundleId());
                session.execute("felix:update " + name + " " + nextFile(name));
                pauses.await(swaps += 2);
                session.execute("felix:refresh " + bundle(name).getBundleId());
                pauses.await(swaps += 1);
                session.execute("felix:uninstall " + name);
                session.execute("felix:start " + nextFile(name));
                pauses.await(swaps += 1);
                load.awaitProgress();
            }
            load.end();
            assertTrue(
                    disk.last().format().version(),
                    disk.last().format().version().startsWith("2.0."));
            assertEquals(0, disk.check(disk.last()).join().errors());
        }
    }

    @Test
    public void aWatchedFolderSwaps() throws Exception {
        Path watched = temporary.newFolder("watched").toPath();
        Bundle fileInstall = context.installBundle(
                "reference:" + jar("org.apache.felix.fileinstall-").toUri());
        Configuration configuration = configurations.createFactoryConfiguration("org.apache.felix.fileinstall", "?");
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            fileInstall.start();
            configuration.update(watching(watched));
            Load load = new Load(disk, 4).start();

            put(watched, "7.0.0");
            until(() -> bundles(VDI).size() == 2
                    && manager.format("VDI").orElseThrow().version().equals("7.0.0"));
            assertEquals("1.0.0.SNAPSHOT", disk.last().format().version());
            bundle(VDI).uninstall();
            assertEquals("7.0.0", disk.last().format().version());
            load.awaitProgress();

            put(watched, "7.0.1");
            until(() -> disk.last().format().version().equals("7.0.1"));
            load.awaitProgress();

            Files.delete(watched.resolve("vdi.jar"));
            until(() -> disk.last().state() == Layer.State.SUSPENDED);
            put(watched, "7.0.2");
            until(() -> disk.last().state() == Layer.State.OPEN);
            load.awaitProgress();
            load.end();
            assertEquals("7.0.2", disk.last().format().version());
            assertEquals(0, disk.check(disk.last()).join().errors());
        } finally {
            configuration.delete();
            fileInstall.uninstall();
        }
    }

    private static Dictionary<String, Object> watching(Path folder) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("felix.fileinstall.dir", folder.toString());
        properties.put(
                "felix.fileinstall.tmpdir", folder.resolveSibling("unpacked").toString());
        properties.put("felix.fileinstall.poll", "100");
        properties.put("felix.fileinstall.noInitialDelay", "true");
        properties.put("felix.fileinstall.bundles.new.start", "true");
        properties.put("felix.fileinstall.bundles.startTransient", "true");
        return properties;
    }

    private static Path jar(String prefix) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(file -> file.getFileName().toString().startsWith(prefix))
                .findFirst()
                .orElseThrow();
    }

    /** Complete at once, as a careful administrator does it. */
    private void put(Path folder, String version) throws Exception {
        Path fresh = temporary.getRoot().toPath().resolve("fresh.jar");
        Files.write(fresh, FormatBundles.version(FormatBundles.jar(VDI), version));
        Files.move(
                fresh, folder.resolve("vdi.jar"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void until(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.call()) {
            assertTrue("in time", System.nanoTime() < deadline);
            Thread.sleep(10);
        }
    }

    @Test
    public void theListShowsWhichImageWaitsAndWhy() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT.withName("waiting").withSwapTimeout(Duration.ofMillis(300)));
                CommandSession session = processor.createSession(
                        InputStream.nullInputStream(), new ByteArrayOutputStream(), new ByteArrayOutputStream())) {
            assertListed(session, "open");
            Bundle vmdk = bundle(VMDK);
            vmdk.stop();
            CompletableFuture<Void> request = disk.readAsync(java.util.List.of(ByteBuffer.allocate(512)), 0);
            assertListed(session, "suspended: no bundle serves the format VMDK");
            request.handle((nothing, failure) -> failure).join();
            assertListed(session, "failed: no bundle serves the format VMDK");
            vmdk.start();
            assertListed(session, "open");
        }
    }

    private static void assertListed(CommandSession session, String state) throws Exception {
        String text =
                session.format(session.execute("disk:list"), Converter.INSPECT).toString();
        assertTrue(text, text.lines().anyMatch(line -> line.contains("waiting") && line.contains(state)));
        String json = String.valueOf(session.execute("disk:list --json"));
        String word = state.split(":")[0];
        assertTrue(json, json.contains("\"state\": \"" + word + "\"") || json.contains("\"state\":\"" + word + "\""));
    }
}

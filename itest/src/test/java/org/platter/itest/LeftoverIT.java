// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.wiring.BundleWiring;
import org.platter.disk.DiskOptions;
import org.platter.disk.Layer;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;

/** What is left of the versions of a format that have left: nothing. */
@RunWith(PaxExam.class)
public class LeftoverIT extends HotSwap {
    private static final int SWAPS = 51; // so that it is the last image whose format leaves last

    @Test
    public void noClassLoaderIsReachableAfterPlainUpdates() throws Exception {
        nothingIsLeftOf(Way.UPDATE);
    }

    @Test
    public void noClassLoaderIsReachableAfterUpgrades() throws Exception {
        nothingIsLeftOf(Way.UPGRADE);
    }

    private void nothingIsLeftOf(Way way) throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            for (int i = 0; i < SWAPS; i++) {
                String name = FORMATS.get(i % FORMATS.size());
                use(disk, i);
                loaders.add(loader(name));
                replace(name, way);
            }
            List<Integer> left = List.of();
            for (int i = 0; i < 100; i++) {
                System.gc();
                left = left(loaders);
                if (left.isEmpty()) {
                    break;
                }
                Thread.sleep(20);
            }
            assertEquals(List.of(), left);
        }
    }

    private static List<Integer> left(List<WeakReference<ClassLoader>> loaders) {
        return Stream.iterate(0, i -> i < loaders.size(), i -> i + 1)
                .filter(i -> loaders.get(i).get() != null)
                .toList();
    }

    private WeakReference<ClassLoader> loader(String name) {
        return new WeakReference<>(bundle(name).adapt(BundleWiring.class).getClassLoader());
    }

    /** Reads, writes, flushes and looks at everything, so that every kind of trace is left. */
    private void use(VirtualDisk disk, int round) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(4096);
        disk.write(data.putInt(0, round + 1), 8192L * round);
        disk.flush();
        disk.readAsync(List.of(data.clear()), 8192L * round).join();
        assertEquals(round + 1, data.getInt(0));
        try (var map = disk.map(0, disk.size())) {
            assertTrue(map.count() > 0);
        }
        for (Layer layer : disk.layers()) {
            assertTrue(layer.info().size() > 0);
        }
        assertTrue(manager.probe(disk.last().location()).isPresent());
        assertEquals(0, disk.check(disk.last()).join().errors());
    }

    @Test
    public void noThreadAndNoFileHandleIsLeft() throws Exception {
        assumeTrue("only Linux tells", Files.isDirectory(Path.of("/proc/self/fd")));
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            swap(disk, 12);
            List<String> threads = threads();
            long handles = handles();
            long heap = heap();
            swap(disk, SWAPS);
            assertEquals(threads, threads());
            assertTrue(handles + " handles before, now " + handles(), handles() <= handles);
            long growth = heap() - heap;
            System.out.println("LeftoverIT: heap after " + SWAPS + " swaps: " + (growth >> 10) + " KiB more");
            assertTrue(growth + " bytes more", growth < 2 << 20);
        }
        assertEquals(List.of(), open(temporary.getRoot().toPath()));
        try (VirtualDisk disk = manager.newDisk()) {
            disk.openChain(OpenRequest.of(file("top.vdi"))); // for writing: no lock is left
            assertTrue(!disk.readOnly());
        }
    }

    private void swap(VirtualDisk disk, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            replace(FORMATS.get(i % FORMATS.size()), Way.values()[i / FORMATS.size() % Way.values().length]);
            use(disk, i);
        }
    }

    /** Threads that are not of a pool that breathes. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("platter-request")
                        && !name.startsWith("platter-job")
                        && !name.startsWith("platter-swap"))
                .sorted()
                .toList();
    }

    private static long handles() throws IOException {
        return open(Path.of("/")).size();
    }

    private static List<Path> open(Path folder) throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
            for (Path handle : handles.toList()) {
                if (Files.isSymbolicLink(handle)
                        && Files.readSymbolicLink(handle).startsWith(folder)) {
                    open.add(Files.readSymbolicLink(handle));
                }
            }
        }
        return open;
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(50);
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}

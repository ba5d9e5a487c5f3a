// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A process that {@link KillIT} kills: a framework that keeps its bundles and configurations, with the bundles of the
 * product and a declared disk. It reads what former lives have flushed, then writes on and says what it has flushed,
 * while the formats of the disk are replaced all the time. Without a number to go on from it only declares the disk.
 */
final class Victim {
    static final int BLOCK = 8192;
    static final int BLOCKS = 16384;

    private static final String ADMIN = "org.osgi.service.cm.ConfigurationAdmin";
    private static final String DISK = "org.platter.disk.VirtualDisk";

    private final Framework framework;
    private Class<?> type;
    private Object disk;

    private Victim(Path storage) {
        framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString(), "osgi.console", ""));
    }

    /** Storage of the framework, the image, and perhaps how many blocks have been flushed. */
    public static void main(String[] arguments) {
        try {
            new Victim(Path.of(arguments[0])).live(arguments);
        } catch (Exception e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1); // the framework's threads would keep it alive
        }
    }

    private void live(String... arguments) throws Exception {
        start();
        if (arguments.length == 2) {
            declare(arguments[1]);
            attached();
            framework.stop();
            framework.waitForStop(0);
            System.exit(0);
        }
        attached();
        int flushed = Integer.parseInt(arguments[2]);
        verify(flushed);
        Thread swaps = new Thread(this::swap, "swaps");
        swaps.setDaemon(true);
        swaps.start();
        write(flushed);
    }

    private void start() throws BundleException, IOException {
        framework.start();
        BundleContext context = framework.getBundleContext();
        List<Bundle> bundles = new ArrayList<>();
        for (Path jar : jars()) {
            bundles.add(context.installBundle("reference:" + jar.toUri()));
        }
        for (Bundle bundle : bundles) {
            bundle.start();
        }
    }

    private static List<Path> jars() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("platter.home"), "bundles"))) {
            return files.filter(file -> !file.toString().contains("jline"))
                    .sorted()
                    .toList();
        }
    }

    /** The classes of the product are the framework's; this process sees them by reflection. */
    private void declare(String location) throws Exception {
        BundleContext context = framework.getBundleContext();
        Object admin = context.getService(context.getAllServiceReferences(ADMIN, null)[0]);
        Class<?> api =
                FormatBundles.find(context, "org.apache.felix.configadmin").loadClass(ADMIN);
        Object configuration = api.getMethod("getFactoryConfiguration", String.class, String.class, String.class)
                .invoke(admin, "org.platter.disk", "victim", "?");
        Class<?> one = FormatBundles.find(context, "org.apache.felix.configadmin")
                .loadClass("org.osgi.service.cm.Configuration");
        one.getMethod("update", java.util.Dictionary.class)
                .invoke(configuration, new Hashtable<>(Map.of("location", location, "name", "victim")));
    }

    private void attached() throws Exception {
        BundleContext context = framework.getBundleContext();
        ServiceTracker<Object, Object> tracker = new ServiceTracker<>(
                context, context.createFilter("(&(objectClass=" + DISK + ")(platter.disk.name=victim))"), null);
        tracker.open(true);
        disk = tracker.waitForService(60_000);
        type = FormatBundles.find(context, "org.platter.api").loadClass(DISK);
        System.out.println("attached " + disk);
    }

    private static long offset(int block) {
        return block * 7919L % BLOCKS * BLOCK;
    }

    private static byte[] content(int block) {
        byte[] bytes = new byte[BLOCK];
        new Random(block).nextBytes(bytes);
        return bytes;
    }

    private void verify(int count) throws ReflectiveOperationException {
        Method read = type.getMethod("read", ByteBuffer.class, long.class);
        for (int i = 0; i < count; i++) {
            ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
            read.invoke(disk, bytes, offset(i));
            if (!Arrays.equals(content(i), bytes.array())) {
                throw new IllegalStateException("block " + i + " is lost");
            }
        }
        System.out.println("verified " + count);
    }

    private void write(int from) throws ReflectiveOperationException {
        Method write = type.getMethod("write", ByteBuffer.class, long.class);
        Method flush = type.getMethod("flush");
        for (int i = from; i < BLOCKS; i++) {
            write.invoke(disk, ByteBuffer.wrap(content(i)), offset(i));
            if (i % 4 == 3) {
                flush.invoke(disk);
                System.out.println("flushed " + (i + 1));
            }
        }
    }

    private void swap() {
        try {
            for (int i = 0; ; i++) {
                String name = List.of("org.platter.backend.vdi", "org.platter.backend.vmdk")
                        .get(i % 2);
                Bundle bundle = FormatBundles.find(framework.getBundleContext(), name);
                if (i / 2 % 2 == 0) {
                    bundle.stop(Bundle.STOP_TRANSIENT);
                    bundle.start(Bundle.START_TRANSIENT);
                } else {
                    try (InputStream jar =
                            new FileInputStream(FormatBundles.file(name).toFile())) {
                        bundle.update(jar);
                    }
                }
                System.out.println("swapped " + i);
                Thread.sleep(50);
            }
        } catch (BundleException | IOException | InterruptedException e) {
            System.out.println("failed " + e);
        }
    }

    /** The command line of a life. */
    static ProcessBuilder builder(Path storage, Path image, String... more) {
        List<String> line = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Dplatter.home=" + System.getProperty("platter.home"),
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                storage.toString(),
                image.toString()));
        line.addAll(List.of(more));
        return new ProcessBuilder(line).redirectErrorStream(true);
    }
}

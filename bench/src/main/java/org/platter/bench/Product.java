// SPDX-License-Identifier: Apache-2.0
package org.platter.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;
import org.platter.disk.DiskManager;

/** The bundles of the built product in a framework of this process, which shares the API's classes with them. */
final class Product implements AutoCloseable {
    private static final long START_MILLIS = 10_000;
    private static final String API = "org.platter.api-";
    private static final List<String> PARTS = List.of(
            "org.platter.container-",
            "org.platter.backend.",
            "org.apache.felix.scr-",
            "org.osgi.service.component-",
            "org.osgi.service.event-",
            "org.osgi.util.",
            "jna-");

    private final Framework framework;

    private Product(Framework framework) {
        this.framework = framework;
    }

    /** Starts the product in the folder that the system property {@code platter.home} names. */
    static Product start(Path cache) throws IOException, BundleException {
        Path bundles = Path.of(System.getProperty("platter.home"), "bundles");
        Framework framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE, cache.toString(),
                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, packagesOf(jars(bundles, List.of(API)))));
        framework.start();
        BundleContext context = framework.getBundleContext();
        List<Bundle> installed = new ArrayList<>();
        for (Path jar : jars(bundles, PARTS)) {
            installed.add(context.installBundle("reference:" + jar.toUri()));
        }
        for (Bundle bundle : installed) {
            bundle.start();
        }
        return new Product(framework);
    }

    DiskManager disks() {
        ServiceTracker<DiskManager, DiskManager> tracker =
                new ServiceTracker<>(framework.getBundleContext(), DiskManager.class, null);
        tracker.open(true); // Felix does not see that its own bundle shares the type
        try {
            return tracker.waitForService(START_MILLIS); // components start in their own time
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws BundleException {
        framework.stop();
        try {
            framework.waitForStop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Path> jars(Path folder, List<String> starts) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(
                            file -> starts.stream().anyMatch(file.getFileName().toString()::startsWith))
                    .toList();
        }
    }

    private static String packagesOf(List<Path> jars) throws IOException {
        File api = jars.get(0).toFile();
        try (JarFile jar = new JarFile(api)) {
            return jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
        }
    }
}

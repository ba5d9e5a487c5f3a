// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Rule;
import org.junit.rules.TemporaryFolder;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.DiskOptions;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.format.ImageFlag;
import org.platter.install.FormatInstaller;

/** What the tests share that replace formats under a disk. */
public abstract class HotSwap {
    static final String RAW = "org.platter.backend.raw";
    static final String VMDK = "org.platter.backend.vmdk";
    static final String VDI = "org.platter.backend.vdi";
    static final List<String> FORMATS = List.of(RAW, VMDK, VDI);
    static final int SIZE = 32 << 20;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    BundleContext context;

    @Inject
    DiskManager manager;

    @Inject
    FormatInstaller installer;

    private int versions;

    /** How a bundle is replaced. */
    enum Way {
        STOP_AND_START,
        UPDATE,
        INSTALL_ANEW,
        UPGRADE
    }

    /** Other tests of this framework find the bundles that were there at first. */
    @After
    public void putBack() throws BundleException {
        for (String name : FORMATS) {
            for (Bundle bundle : bundles(name)) {
                bundle.uninstall();
            }
            context.installBundle("reference:" + FormatBundles.file(name).toUri())
                    .start();
        }
    }

    static boolean demanded() {
        return "true".equals(System.getenv("PLATTER_CI"));
    }

    List<Bundle> bundles(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .toList();
    }

    Bundle bundle(String name) {
        return FormatBundles.find(context, name);
    }

    /** The name of the format that a bundle serves. */
    static String format(String bundle) {
        return bundle.substring(bundle.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT);
    }

    URI file(String name) {
        return temporary.getRoot().toPath().resolve(name).toUri();
    }

    /** A VDI on a VMDK on a raw image. */
    VirtualDisk chain(DiskOptions options) throws DiskException {
        return chain(options, SIZE);
    }

    VirtualDisk chain(DiskOptions options, long size) throws DiskException {
        VirtualDisk disk = manager.newDisk(options);
        disk.create(CreateRequest.of(file("base.img")).withFormat("RAW").withSize(size));
        disk.create(CreateRequest.of(file("middle.vmdk")).with(ImageFlag.DIFF));
        disk.create(CreateRequest.of(file("top.vdi")).with(ImageFlag.DIFF).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        return disk;
    }

    static byte[] read(VirtualDisk disk, long offset, int length) throws DiskException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        disk.read(bytes, offset);
        return bytes.array();
    }

    /** The bundle's jar as a version that has not been there yet. */
    byte[] next(String name) {
        return FormatBundles.version(FormatBundles.jar(name), "2.0." + versions++);
    }

    URI nextFile(String name) throws IOException {
        return FormatBundles.written(temporary.getRoot().toPath(), "next" + versions + ".jar", next(name));
    }

    void replace(String name, Way way) throws Exception {
        Bundle bundle = bundle(name);
        switch (way) {
            case STOP_AND_START -> {
                bundle.stop();
                bundle.start();
            }
            case UPDATE -> bundle.update(new ByteArrayInputStream(next(name)));
            case INSTALL_ANEW -> {
                byte[] next = next(name);
                bundle.uninstall();
                context.installBundle("test:" + name + versions, new ByteArrayInputStream(next))
                        .start();
            }
            case UPGRADE -> installer.upgrade(format(name), nextFile(name));
        }
    }
}

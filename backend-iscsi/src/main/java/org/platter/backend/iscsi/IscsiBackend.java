// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.scsi.LunList;
import org.platter.backend.iscsi.scsi.UnitInfo;
import org.platter.backend.iscsi.scsi.UnitProbe;
import org.platter.backend.iscsi.session.Session;
import org.platter.backend.iscsi.session.SessionOptions;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;

/** Logical units of iSCSI targets as disk images. */
@Component
@DiskFormat(
        name = "iSCSI",
        schemes = IscsiLocation.SCHEME,
        capabilities = {Capability.CONFIG, Capability.TCPNET, Capability.ASYNC, Capability.DISCARD})
public final class IscsiBackend implements FormatBackend {
    private static final String VERSION = "0";

    @Override
    public ConfigSchema schema() {
        return IscsiKeys.SCHEMA;
    }

    @Override
    public Map<String, String> configOf(URI location) throws DiskException {
        return IscsiLocation.config(location);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Settings settings = new Settings(context.config());
        SessionOptions options = settings.session();
        Connector dialer = settings.dialer(context.connector());
        if (!settings.hostStack()) {
            return withoutNetwork(context);
        }
        Session session = Session.open(dialer, options);
        try {
            return new Opening(context, settings, options, dialer, session).image();
        } catch (IOException | RuntimeException e) {
            session.close();
            dialer.forgetSecrets();
            throw e;
        }
    }

    /** Without a network stack there is nothing but the attributes that never change. */
    private static Image withoutNetwork(ImageContext context) throws DiskException {
        if (!context.infoOnly()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "HostIPStack is 0: there is no other network stack than the host's");
        }
        return new UnconnectedImage(info(0, Set.of()));
    }

    private static ImageInfo info(long size, Set<Capability> more) {
        Set<Capability> capabilities = EnumSet.of(Capability.CONFIG, Capability.TCPNET, Capability.ASYNC);
        capabilities.addAll(more);
        return ImageInfo.of(VERSION, size, 0, Set.of(ImageFlag.FIXED), capabilities);
    }

    /** From a session to an image. */
    private record Opening(
            ImageContext context, Settings settings, SessionOptions options, Connector dialer, Session session) {
        Image image() throws IOException {
            long lun = options.lun();
            LunList.check((cdb, length) -> session.execute(0, cdb, length), lun);
            UnitInfo facts = UnitProbe.hold((cdb, length) -> session.execute(lun, cdb, length));
            if (context.writable() && facts.readOnly()) {
                throw new DiskException(ErrorCode.READ_ONLY, "the unit is write-protected");
            }
            if (!facts.queueing()) {
                session.oneAtATime();
            }
            session.establish(
                    (commands, anew) -> compare(facts, UnitProbe.hold(commands), anew),
                    context.writable() && facts.volatileCache());
            URI location = IscsiLocation.of(dialer.portal(), settings.targetName(), lun);
            LunStorage storage = new LunStorage(
                    location, session, lun, facts, !context.writable(), settings.writeSplit(), options.commandNanos());
            boolean thin = context.writable() && facts.limits().thin();
            ImageInfo info = info(facts.size(), thin ? Set.of(Capability.DISCARD) : Set.of());
            return new IscsiImage(info, session, storage, dialer::forgetSecrets);
        }

        /** A unit that grows while we are connected is still the same; anything else is refused. */
        private static void compare(UnitInfo then, UnitInfo now, boolean anew) throws DiskException {
            if (!then.sameUnit(now)) {
                throw new DiskException(
                        ErrorCode.BAD_STATE,
                        "another unit answers now: " + now.product() + " " + now.identities() + " instead of "
                                + then.product() + " " + then.identities());
            }
            if (now.blocks() < then.blocks() || anew && now.blocks() != then.blocks()) {
                throw new DiskException(
                        ErrorCode.BAD_STATE,
                        "the unit has " + now.size() + " bytes now, " + then.size() + " when it was opened");
            }
        }
    }
}

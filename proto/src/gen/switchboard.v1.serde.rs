impl serde::Serialize for Ack {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.counter != 0 {
            len += 1;
        }
        if self.stored {
            len += 1;
        }
        if self.refused.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Ack", len)?;
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.stored {
            struct_ser.serialize_field("stored", &self.stored)?;
        }
        if let Some(v) = self.refused.as_ref() {
            struct_ser.serialize_field("refused", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Ack {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "counter",
            "stored",
            "refused",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Counter,
            Stored,
            Refused,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "counter" => Ok(GeneratedField::Counter),
                            "stored" => Ok(GeneratedField::Stored),
                            "refused" => Ok(GeneratedField::Refused),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Ack;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Ack")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Ack, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut counter__ = None;
                let mut stored__ = None;
                let mut refused__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Refused => {
                            if refused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            refused__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Ack {
                    counter: counter__.unwrap_or_default(),
                    stored: stored__.unwrap_or_default(),
                    refused: refused__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Ack", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AllowParticipantRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.AllowParticipantRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AllowParticipantRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            ParticipantId,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AllowParticipantRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.AllowParticipantRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AllowParticipantRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(AllowParticipantRequest {
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.AllowParticipantRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AllowParticipantResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.AllowParticipantResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AllowParticipantResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AllowParticipantResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.AllowParticipantResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AllowParticipantResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(AllowParticipantResponse {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.AllowParticipantResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Attach {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if !self.sessions.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Attach", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if !self.sessions.is_empty() {
            struct_ser.serialize_field("sessions", &self.sessions)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Attach {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "position",
            "sessions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Position,
            Sessions,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "position" => Ok(GeneratedField::Position),
                            "sessions" => Ok(GeneratedField::Sessions),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Attach;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Attach")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Attach, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut position__ = None;
                let mut sessions__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Sessions => {
                            if sessions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessions"));
                            }
                            sessions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Attach {
                    room_id: room_id__.unwrap_or_default(),
                    position: position__,
                    sessions: sessions__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Attach", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Attached {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if !self.sessions.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Attached", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if !self.sessions.is_empty() {
            struct_ser.serialize_field("sessions", &self.sessions)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Attached {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "position",
            "sessions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Position,
            Sessions,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "position" => Ok(GeneratedField::Position),
                            "sessions" => Ok(GeneratedField::Sessions),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Attached;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Attached")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Attached, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut position__ = None;
                let mut sessions__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Sessions => {
                            if sessions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessions"));
                            }
                            sessions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Attached {
                    room_id: room_id__.unwrap_or_default(),
                    position: position__,
                    sessions: sessions__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Attached", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttachedSession {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if !self.connection_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.AttachedSession", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if !self.connection_id.is_empty() {
            struct_ser.serialize_field("connectionId", &self.connection_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttachedSession {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "generation",
            "connection_id",
            "connectionId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            Generation,
            ConnectionId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "generation" => Ok(GeneratedField::Generation),
                            "connectionId" | "connection_id" => Ok(GeneratedField::ConnectionId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttachedSession;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.AttachedSession")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttachedSession, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut generation__ = None;
                let mut connection_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ConnectionId => {
                            if connection_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionId"));
                            }
                            connection_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(AttachedSession {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    connection_id: connection_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.AttachedSession", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Busy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Busy", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Busy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "counter",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Counter,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Busy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Busy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Busy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut counter__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Busy {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Busy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ClientMessage {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.counter != 0 {
            len += 1;
        }
        if self.after != 0 {
            len += 1;
        }
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ClientMessage", len)?;
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.after != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("after", ToString::to_string(&self.after).as_str())?;
        }
        if let Some(v) = self.kind.as_ref() {
            match v {
                client_message::Kind::Join(v) => {
                    struct_ser.serialize_field("join", v)?;
                }
                client_message::Kind::Resume(v) => {
                    struct_ser.serialize_field("resume", v)?;
                }
                client_message::Kind::Heartbeat(v) => {
                    struct_ser.serialize_field("heartbeat", v)?;
                }
                client_message::Kind::Leave(v) => {
                    struct_ser.serialize_field("leave", v)?;
                }
                client_message::Kind::UpdateMetadata(v) => {
                    struct_ser.serialize_field("updateMetadata", v)?;
                }
                client_message::Kind::StartShare(v) => {
                    struct_ser.serialize_field("startShare", v)?;
                }
                client_message::Kind::StopShare(v) => {
                    struct_ser.serialize_field("stopShare", v)?;
                }
                client_message::Kind::Signal(v) => {
                    struct_ser.serialize_field("signal", v)?;
                }
                client_message::Kind::Message(v) => {
                    struct_ser.serialize_field("message", v)?;
                }
                client_message::Kind::Renegotiate(v) => {
                    struct_ser.serialize_field("renegotiate", v)?;
                }
                client_message::Kind::RenewToken(v) => {
                    struct_ser.serialize_field("renewToken", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ClientMessage {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "counter",
            "after",
            "join",
            "resume",
            "heartbeat",
            "leave",
            "update_metadata",
            "updateMetadata",
            "start_share",
            "startShare",
            "stop_share",
            "stopShare",
            "signal",
            "message",
            "renegotiate",
            "renew_token",
            "renewToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Counter,
            After,
            Join,
            Resume,
            Heartbeat,
            Leave,
            UpdateMetadata,
            StartShare,
            StopShare,
            Signal,
            Message,
            Renegotiate,
            RenewToken,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "counter" => Ok(GeneratedField::Counter),
                            "after" => Ok(GeneratedField::After),
                            "join" => Ok(GeneratedField::Join),
                            "resume" => Ok(GeneratedField::Resume),
                            "heartbeat" => Ok(GeneratedField::Heartbeat),
                            "leave" => Ok(GeneratedField::Leave),
                            "updateMetadata" | "update_metadata" => Ok(GeneratedField::UpdateMetadata),
                            "startShare" | "start_share" => Ok(GeneratedField::StartShare),
                            "stopShare" | "stop_share" => Ok(GeneratedField::StopShare),
                            "signal" => Ok(GeneratedField::Signal),
                            "message" => Ok(GeneratedField::Message),
                            "renegotiate" => Ok(GeneratedField::Renegotiate),
                            "renewToken" | "renew_token" => Ok(GeneratedField::RenewToken),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ClientMessage;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ClientMessage")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ClientMessage, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut counter__ = None;
                let mut after__ = None;
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::After => {
                            if after__.is_some() {
                                return Err(serde::de::Error::duplicate_field("after"));
                            }
                            after__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Join => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("join"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Join)
;
                        }
                        GeneratedField::Resume => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resume"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Resume)
;
                        }
                        GeneratedField::Heartbeat => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("heartbeat"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Heartbeat)
;
                        }
                        GeneratedField::Leave => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("leave"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Leave)
;
                        }
                        GeneratedField::UpdateMetadata => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMetadata"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::UpdateMetadata)
;
                        }
                        GeneratedField::StartShare => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startShare"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::StartShare)
;
                        }
                        GeneratedField::StopShare => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stopShare"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::StopShare)
;
                        }
                        GeneratedField::Signal => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signal"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Signal)
;
                        }
                        GeneratedField::Message => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("message"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Message)
;
                        }
                        GeneratedField::Renegotiate => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("renegotiate"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::Renegotiate)
;
                        }
                        GeneratedField::RenewToken => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("renewToken"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(client_message::Kind::RenewToken)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ClientMessage {
                    counter: counter__.unwrap_or_default(),
                    after: after__.unwrap_or_default(),
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ClientMessage", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CloseRoomRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.CloseRoomRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CloseRoomRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CloseRoomRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.CloseRoomRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CloseRoomRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(CloseRoomRequest {
                    room_id: room_id__.unwrap_or_default(),
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.CloseRoomRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CloseRoomResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.position.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.CloseRoomResponse", len)?;
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CloseRoomResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "position",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Position,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "position" => Ok(GeneratedField::Position),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CloseRoomResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.CloseRoomResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CloseRoomResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut position__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(CloseRoomResponse {
                    position: position__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.CloseRoomResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CommandAck {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        if self.refused != 0 {
            len += 1;
        }
        if self.stored {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.CommandAck", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.refused != 0 {
            let v = ErrorReason::try_from(self.refused)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.refused)))?;
            struct_ser.serialize_field("refused", &v)?;
        }
        if self.stored {
            struct_ser.serialize_field("stored", &self.stored)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CommandAck {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "counter",
            "refused",
            "stored",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Counter,
            Refused,
            Stored,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            "refused" => Ok(GeneratedField::Refused),
                            "stored" => Ok(GeneratedField::Stored),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CommandAck;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.CommandAck")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CommandAck, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut counter__ = None;
                let mut refused__ = None;
                let mut stored__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Refused => {
                            if refused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            refused__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(CommandAck {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                    refused: refused__.unwrap_or_default(),
                    stored: stored__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.CommandAck", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ConnectionCloser {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CONNECTION_CLOSER_UNSPECIFIED",
            Self::Gateway => "CONNECTION_CLOSER_GATEWAY",
            Self::Client => "CONNECTION_CLOSER_CLIENT",
            Self::Nobody => "CONNECTION_CLOSER_NOBODY",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ConnectionCloser {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CONNECTION_CLOSER_UNSPECIFIED",
            "CONNECTION_CLOSER_GATEWAY",
            "CONNECTION_CLOSER_CLIENT",
            "CONNECTION_CLOSER_NOBODY",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ConnectionCloser;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CONNECTION_CLOSER_UNSPECIFIED" => Ok(ConnectionCloser::Unspecified),
                    "CONNECTION_CLOSER_GATEWAY" => Ok(ConnectionCloser::Gateway),
                    "CONNECTION_CLOSER_CLIENT" => Ok(ConnectionCloser::Client),
                    "CONNECTION_CLOSER_NOBODY" => Ok(ConnectionCloser::Nobody),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ConnectionEnd {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.closed_by != 0 {
            len += 1;
        }
        if self.close_code != 0 {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ConnectionEnd", len)?;
        if self.closed_by != 0 {
            let v = ConnectionCloser::try_from(self.closed_by)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.closed_by)))?;
            struct_ser.serialize_field("closedBy", &v)?;
        }
        if self.close_code != 0 {
            struct_ser.serialize_field("closeCode", &self.close_code)?;
        }
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ConnectionEnd {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "closed_by",
            "closedBy",
            "close_code",
            "closeCode",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ClosedBy,
            CloseCode,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "closedBy" | "closed_by" => Ok(GeneratedField::ClosedBy),
                            "closeCode" | "close_code" => Ok(GeneratedField::CloseCode),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ConnectionEnd;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ConnectionEnd")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ConnectionEnd, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut closed_by__ = None;
                let mut close_code__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ClosedBy => {
                            if closed_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("closedBy"));
                            }
                            closed_by__ = Some(map_.next_value::<ConnectionCloser>()? as i32);
                        }
                        GeneratedField::CloseCode => {
                            if close_code__.is_some() {
                                return Err(serde::de::Error::duplicate_field("closeCode"));
                            }
                            close_code__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ConnectionEnd {
                    closed_by: closed_by__.unwrap_or_default(),
                    close_code: close_code__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ConnectionEnd", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateRoomRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        if self.settings.is_some() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.CreateRoomRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if let Some(v) = self.settings.as_ref() {
            struct_ser.serialize_field("settings", v)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateRoomRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "metadata",
            "settings",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Metadata,
            Settings,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "metadata" => Ok(GeneratedField::Metadata),
                            "settings" => Ok(GeneratedField::Settings),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateRoomRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.CreateRoomRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateRoomRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut metadata__ = None;
                let mut settings__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Settings => {
                            if settings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settings"));
                            }
                            settings__ = map_.next_value()?;
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(CreateRoomRequest {
                    room_id: room_id__.unwrap_or_default(),
                    metadata: metadata__.unwrap_or_default(),
                    settings: settings__,
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.CreateRoomRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateRoomResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.room.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.CreateRoomResponse", len)?;
        if let Some(v) = self.room.as_ref() {
            struct_ser.serialize_field("room", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateRoomResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Room,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "room" => Ok(GeneratedField::Room),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateRoomResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.CreateRoomResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateRoomResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Room => {
                            if room__.is_some() {
                                return Err(serde::de::Error::duplicate_field("room"));
                            }
                            room__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(CreateRoomResponse {
                    room: room__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.CreateRoomResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Drain {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.deadline.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Drain", len)?;
        if let Some(v) = self.deadline.as_ref() {
            struct_ser.serialize_field("deadline", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Drain {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deadline",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Deadline,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "deadline" => Ok(GeneratedField::Deadline),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Drain;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Drain")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Drain, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deadline__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Deadline => {
                            if deadline__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deadline"));
                            }
                            deadline__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Drain {
                    deadline: deadline__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Drain", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Error {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.reason != 0 {
            len += 1;
        }
        if !self.message.is_empty() {
            len += 1;
        }
        if !self.field_violations.is_empty() {
            len += 1;
        }
        if self.temporary {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        if self.retry_after.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Error", len)?;
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        if !self.message.is_empty() {
            struct_ser.serialize_field("message", &self.message)?;
        }
        if !self.field_violations.is_empty() {
            struct_ser.serialize_field("fieldViolations", &self.field_violations)?;
        }
        if self.temporary {
            struct_ser.serialize_field("temporary", &self.temporary)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if let Some(v) = self.retry_after.as_ref() {
            struct_ser.serialize_field("retryAfter", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Error {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "reason",
            "message",
            "field_violations",
            "fieldViolations",
            "temporary",
            "counter",
            "retry_after",
            "retryAfter",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Reason,
            Message,
            FieldViolations,
            Temporary,
            Counter,
            RetryAfter,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "reason" => Ok(GeneratedField::Reason),
                            "message" => Ok(GeneratedField::Message),
                            "fieldViolations" | "field_violations" => Ok(GeneratedField::FieldViolations),
                            "temporary" => Ok(GeneratedField::Temporary),
                            "counter" => Ok(GeneratedField::Counter),
                            "retryAfter" | "retry_after" => Ok(GeneratedField::RetryAfter),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Error;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Error")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Error, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut reason__ = None;
                let mut message__ = None;
                let mut field_violations__ = None;
                let mut temporary__ = None;
                let mut counter__ = None;
                let mut retry_after__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::Message => {
                            if message__.is_some() {
                                return Err(serde::de::Error::duplicate_field("message"));
                            }
                            message__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FieldViolations => {
                            if field_violations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("fieldViolations"));
                            }
                            field_violations__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Temporary => {
                            if temporary__.is_some() {
                                return Err(serde::de::Error::duplicate_field("temporary"));
                            }
                            temporary__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::RetryAfter => {
                            if retry_after__.is_some() {
                                return Err(serde::de::Error::duplicate_field("retryAfter"));
                            }
                            retry_after__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Error {
                    reason: reason__.unwrap_or_default(),
                    message: message__.unwrap_or_default(),
                    field_violations: field_violations__.unwrap_or_default(),
                    temporary: temporary__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                    retry_after: retry_after__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Error", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ErrorReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ERROR_REASON_UNSPECIFIED",
            Self::MalformedMessage => "ERROR_REASON_MALFORMED_MESSAGE",
            Self::UnknownMessageKind => "ERROR_REASON_UNKNOWN_MESSAGE_KIND",
            Self::WrongFrameType => "ERROR_REASON_WRONG_FRAME_TYPE",
            Self::InvalidField => "ERROR_REASON_INVALID_FIELD",
            Self::FrameTooLarge => "ERROR_REASON_FRAME_TOO_LARGE",
            Self::UnknownSubprotocol => "ERROR_REASON_UNKNOWN_SUBPROTOCOL",
            Self::RoomNotFound => "ERROR_REASON_ROOM_NOT_FOUND",
            Self::RoomExists => "ERROR_REASON_ROOM_EXISTS",
            Self::RoomClosed => "ERROR_REASON_ROOM_CLOSED",
            Self::RoomFull => "ERROR_REASON_ROOM_FULL",
            Self::ParticipantNotFound => "ERROR_REASON_PARTICIPANT_NOT_FOUND",
            Self::ParticipantRemoved => "ERROR_REASON_PARTICIPANT_REMOVED",
            Self::SessionNotFound => "ERROR_REASON_SESSION_NOT_FOUND",
            Self::SessionSuperseded => "ERROR_REASON_SESSION_SUPERSEDED",
            Self::SessionEnded => "ERROR_REASON_SESSION_ENDED",
            Self::NotJoined => "ERROR_REASON_NOT_JOINED",
            Self::AlreadyJoined => "ERROR_REASON_ALREADY_JOINED",
            Self::StaleJoin => "ERROR_REASON_STALE_JOIN",
            Self::NotSharing => "ERROR_REASON_NOT_SHARING",
            Self::CounterOutOfOrder => "ERROR_REASON_COUNTER_OUT_OF_ORDER",
            Self::NotForwarded => "ERROR_REASON_NOT_FORWARDED",
            Self::RateLimited => "ERROR_REASON_RATE_LIMITED",
            Self::Busy => "ERROR_REASON_BUSY",
            Self::RequestIdReused => "ERROR_REASON_REQUEST_ID_REUSED",
            Self::OutcomeUnknown => "ERROR_REASON_OUTCOME_UNKNOWN",
            Self::StoreUnavailable => "ERROR_REASON_STORE_UNAVAILABLE",
            Self::WrongPartition => "ERROR_REASON_WRONG_PARTITION",
            Self::InvalidResumeToken => "ERROR_REASON_INVALID_RESUME_TOKEN",
            Self::SlowReader => "ERROR_REASON_SLOW_READER",
            Self::ShuttingDown => "ERROR_REASON_SHUTTING_DOWN",
            Self::RoomServiceUnavailable => "ERROR_REASON_ROOM_SERVICE_UNAVAILABLE",
            Self::JoinTimeout => "ERROR_REASON_JOIN_TIMEOUT",
            Self::OriginNotAllowed => "ERROR_REASON_ORIGIN_NOT_ALLOWED",
            Self::Overloaded => "ERROR_REASON_OVERLOADED",
            Self::Internal => "ERROR_REASON_INTERNAL",
            Self::PingTimeout => "ERROR_REASON_PING_TIMEOUT",
            Self::UnsupportedVersion => "ERROR_REASON_UNSUPPORTED_VERSION",
            Self::UnstoredLimit => "ERROR_REASON_UNSTORED_LIMIT",
            Self::TokenMissing => "ERROR_REASON_TOKEN_MISSING",
            Self::TokenMalformed => "ERROR_REASON_TOKEN_MALFORMED",
            Self::TokenTooLong => "ERROR_REASON_TOKEN_TOO_LONG",
            Self::TokenAlgorithmRefused => "ERROR_REASON_TOKEN_ALGORITHM_REFUSED",
            Self::TokenKeyUnknown => "ERROR_REASON_TOKEN_KEY_UNKNOWN",
            Self::TokenSignatureInvalid => "ERROR_REASON_TOKEN_SIGNATURE_INVALID",
            Self::TokenExpired => "ERROR_REASON_TOKEN_EXPIRED",
            Self::TokenNotYetValid => "ERROR_REASON_TOKEN_NOT_YET_VALID",
            Self::TokenWrongAudience => "ERROR_REASON_TOKEN_WRONG_AUDIENCE",
            Self::TokenWrongIssuer => "ERROR_REASON_TOKEN_WRONG_ISSUER",
            Self::TokenWrongRoom => "ERROR_REASON_TOKEN_WRONG_ROOM",
            Self::TokenWrongIdentity => "ERROR_REASON_TOKEN_WRONG_IDENTITY",
            Self::GrantMissing => "ERROR_REASON_GRANT_MISSING",
            Self::KeysUnavailable => "ERROR_REASON_KEYS_UNAVAILABLE",
            Self::LinkSecretInvalid => "ERROR_REASON_LINK_SECRET_INVALID",
            Self::RoomLocked => "ERROR_REASON_ROOM_LOCKED",
            Self::TooManyConnects => "ERROR_REASON_TOO_MANY_CONNECTS",
            Self::TooManyFailures => "ERROR_REASON_TOO_MANY_FAILURES",
            Self::TooManyJoins => "ERROR_REASON_TOO_MANY_JOINS",
            Self::TooManyRooms => "ERROR_REASON_TOO_MANY_ROOMS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ErrorReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ERROR_REASON_UNSPECIFIED",
            "ERROR_REASON_MALFORMED_MESSAGE",
            "ERROR_REASON_UNKNOWN_MESSAGE_KIND",
            "ERROR_REASON_WRONG_FRAME_TYPE",
            "ERROR_REASON_INVALID_FIELD",
            "ERROR_REASON_FRAME_TOO_LARGE",
            "ERROR_REASON_UNKNOWN_SUBPROTOCOL",
            "ERROR_REASON_ROOM_NOT_FOUND",
            "ERROR_REASON_ROOM_EXISTS",
            "ERROR_REASON_ROOM_CLOSED",
            "ERROR_REASON_ROOM_FULL",
            "ERROR_REASON_PARTICIPANT_NOT_FOUND",
            "ERROR_REASON_PARTICIPANT_REMOVED",
            "ERROR_REASON_SESSION_NOT_FOUND",
            "ERROR_REASON_SESSION_SUPERSEDED",
            "ERROR_REASON_SESSION_ENDED",
            "ERROR_REASON_NOT_JOINED",
            "ERROR_REASON_ALREADY_JOINED",
            "ERROR_REASON_STALE_JOIN",
            "ERROR_REASON_NOT_SHARING",
            "ERROR_REASON_COUNTER_OUT_OF_ORDER",
            "ERROR_REASON_NOT_FORWARDED",
            "ERROR_REASON_RATE_LIMITED",
            "ERROR_REASON_BUSY",
            "ERROR_REASON_REQUEST_ID_REUSED",
            "ERROR_REASON_OUTCOME_UNKNOWN",
            "ERROR_REASON_STORE_UNAVAILABLE",
            "ERROR_REASON_WRONG_PARTITION",
            "ERROR_REASON_INVALID_RESUME_TOKEN",
            "ERROR_REASON_SLOW_READER",
            "ERROR_REASON_SHUTTING_DOWN",
            "ERROR_REASON_ROOM_SERVICE_UNAVAILABLE",
            "ERROR_REASON_JOIN_TIMEOUT",
            "ERROR_REASON_ORIGIN_NOT_ALLOWED",
            "ERROR_REASON_OVERLOADED",
            "ERROR_REASON_INTERNAL",
            "ERROR_REASON_PING_TIMEOUT",
            "ERROR_REASON_UNSUPPORTED_VERSION",
            "ERROR_REASON_UNSTORED_LIMIT",
            "ERROR_REASON_TOKEN_MISSING",
            "ERROR_REASON_TOKEN_MALFORMED",
            "ERROR_REASON_TOKEN_TOO_LONG",
            "ERROR_REASON_TOKEN_ALGORITHM_REFUSED",
            "ERROR_REASON_TOKEN_KEY_UNKNOWN",
            "ERROR_REASON_TOKEN_SIGNATURE_INVALID",
            "ERROR_REASON_TOKEN_EXPIRED",
            "ERROR_REASON_TOKEN_NOT_YET_VALID",
            "ERROR_REASON_TOKEN_WRONG_AUDIENCE",
            "ERROR_REASON_TOKEN_WRONG_ISSUER",
            "ERROR_REASON_TOKEN_WRONG_ROOM",
            "ERROR_REASON_TOKEN_WRONG_IDENTITY",
            "ERROR_REASON_GRANT_MISSING",
            "ERROR_REASON_KEYS_UNAVAILABLE",
            "ERROR_REASON_LINK_SECRET_INVALID",
            "ERROR_REASON_ROOM_LOCKED",
            "ERROR_REASON_TOO_MANY_CONNECTS",
            "ERROR_REASON_TOO_MANY_FAILURES",
            "ERROR_REASON_TOO_MANY_JOINS",
            "ERROR_REASON_TOO_MANY_ROOMS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ErrorReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ERROR_REASON_UNSPECIFIED" => Ok(ErrorReason::Unspecified),
                    "ERROR_REASON_MALFORMED_MESSAGE" => Ok(ErrorReason::MalformedMessage),
                    "ERROR_REASON_UNKNOWN_MESSAGE_KIND" => Ok(ErrorReason::UnknownMessageKind),
                    "ERROR_REASON_WRONG_FRAME_TYPE" => Ok(ErrorReason::WrongFrameType),
                    "ERROR_REASON_INVALID_FIELD" => Ok(ErrorReason::InvalidField),
                    "ERROR_REASON_FRAME_TOO_LARGE" => Ok(ErrorReason::FrameTooLarge),
                    "ERROR_REASON_UNKNOWN_SUBPROTOCOL" => Ok(ErrorReason::UnknownSubprotocol),
                    "ERROR_REASON_ROOM_NOT_FOUND" => Ok(ErrorReason::RoomNotFound),
                    "ERROR_REASON_ROOM_EXISTS" => Ok(ErrorReason::RoomExists),
                    "ERROR_REASON_ROOM_CLOSED" => Ok(ErrorReason::RoomClosed),
                    "ERROR_REASON_ROOM_FULL" => Ok(ErrorReason::RoomFull),
                    "ERROR_REASON_PARTICIPANT_NOT_FOUND" => Ok(ErrorReason::ParticipantNotFound),
                    "ERROR_REASON_PARTICIPANT_REMOVED" => Ok(ErrorReason::ParticipantRemoved),
                    "ERROR_REASON_SESSION_NOT_FOUND" => Ok(ErrorReason::SessionNotFound),
                    "ERROR_REASON_SESSION_SUPERSEDED" => Ok(ErrorReason::SessionSuperseded),
                    "ERROR_REASON_SESSION_ENDED" => Ok(ErrorReason::SessionEnded),
                    "ERROR_REASON_NOT_JOINED" => Ok(ErrorReason::NotJoined),
                    "ERROR_REASON_ALREADY_JOINED" => Ok(ErrorReason::AlreadyJoined),
                    "ERROR_REASON_STALE_JOIN" => Ok(ErrorReason::StaleJoin),
                    "ERROR_REASON_NOT_SHARING" => Ok(ErrorReason::NotSharing),
                    "ERROR_REASON_COUNTER_OUT_OF_ORDER" => Ok(ErrorReason::CounterOutOfOrder),
                    "ERROR_REASON_NOT_FORWARDED" => Ok(ErrorReason::NotForwarded),
                    "ERROR_REASON_RATE_LIMITED" => Ok(ErrorReason::RateLimited),
                    "ERROR_REASON_BUSY" => Ok(ErrorReason::Busy),
                    "ERROR_REASON_REQUEST_ID_REUSED" => Ok(ErrorReason::RequestIdReused),
                    "ERROR_REASON_OUTCOME_UNKNOWN" => Ok(ErrorReason::OutcomeUnknown),
                    "ERROR_REASON_STORE_UNAVAILABLE" => Ok(ErrorReason::StoreUnavailable),
                    "ERROR_REASON_WRONG_PARTITION" => Ok(ErrorReason::WrongPartition),
                    "ERROR_REASON_INVALID_RESUME_TOKEN" => Ok(ErrorReason::InvalidResumeToken),
                    "ERROR_REASON_SLOW_READER" => Ok(ErrorReason::SlowReader),
                    "ERROR_REASON_SHUTTING_DOWN" => Ok(ErrorReason::ShuttingDown),
                    "ERROR_REASON_ROOM_SERVICE_UNAVAILABLE" => Ok(ErrorReason::RoomServiceUnavailable),
                    "ERROR_REASON_JOIN_TIMEOUT" => Ok(ErrorReason::JoinTimeout),
                    "ERROR_REASON_ORIGIN_NOT_ALLOWED" => Ok(ErrorReason::OriginNotAllowed),
                    "ERROR_REASON_OVERLOADED" => Ok(ErrorReason::Overloaded),
                    "ERROR_REASON_INTERNAL" => Ok(ErrorReason::Internal),
                    "ERROR_REASON_PING_TIMEOUT" => Ok(ErrorReason::PingTimeout),
                    "ERROR_REASON_UNSUPPORTED_VERSION" => Ok(ErrorReason::UnsupportedVersion),
                    "ERROR_REASON_UNSTORED_LIMIT" => Ok(ErrorReason::UnstoredLimit),
                    "ERROR_REASON_TOKEN_MISSING" => Ok(ErrorReason::TokenMissing),
                    "ERROR_REASON_TOKEN_MALFORMED" => Ok(ErrorReason::TokenMalformed),
                    "ERROR_REASON_TOKEN_TOO_LONG" => Ok(ErrorReason::TokenTooLong),
                    "ERROR_REASON_TOKEN_ALGORITHM_REFUSED" => Ok(ErrorReason::TokenAlgorithmRefused),
                    "ERROR_REASON_TOKEN_KEY_UNKNOWN" => Ok(ErrorReason::TokenKeyUnknown),
                    "ERROR_REASON_TOKEN_SIGNATURE_INVALID" => Ok(ErrorReason::TokenSignatureInvalid),
                    "ERROR_REASON_TOKEN_EXPIRED" => Ok(ErrorReason::TokenExpired),
                    "ERROR_REASON_TOKEN_NOT_YET_VALID" => Ok(ErrorReason::TokenNotYetValid),
                    "ERROR_REASON_TOKEN_WRONG_AUDIENCE" => Ok(ErrorReason::TokenWrongAudience),
                    "ERROR_REASON_TOKEN_WRONG_ISSUER" => Ok(ErrorReason::TokenWrongIssuer),
                    "ERROR_REASON_TOKEN_WRONG_ROOM" => Ok(ErrorReason::TokenWrongRoom),
                    "ERROR_REASON_TOKEN_WRONG_IDENTITY" => Ok(ErrorReason::TokenWrongIdentity),
                    "ERROR_REASON_GRANT_MISSING" => Ok(ErrorReason::GrantMissing),
                    "ERROR_REASON_KEYS_UNAVAILABLE" => Ok(ErrorReason::KeysUnavailable),
                    "ERROR_REASON_LINK_SECRET_INVALID" => Ok(ErrorReason::LinkSecretInvalid),
                    "ERROR_REASON_ROOM_LOCKED" => Ok(ErrorReason::RoomLocked),
                    "ERROR_REASON_TOO_MANY_CONNECTS" => Ok(ErrorReason::TooManyConnects),
                    "ERROR_REASON_TOO_MANY_FAILURES" => Ok(ErrorReason::TooManyFailures),
                    "ERROR_REASON_TOO_MANY_JOINS" => Ok(ErrorReason::TooManyJoins),
                    "ERROR_REASON_TOO_MANY_ROOMS" => Ok(ErrorReason::TooManyRooms),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Event {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.position.is_some() {
            len += 1;
        }
        if self.prev.is_some() {
            len += 1;
        }
        if self.time.is_some() {
            len += 1;
        }
        if self.from.is_some() {
            len += 1;
        }
        if self.stored {
            len += 1;
        }
        if self.event.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Event", len)?;
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if let Some(v) = self.prev.as_ref() {
            struct_ser.serialize_field("prev", v)?;
        }
        if let Some(v) = self.time.as_ref() {
            struct_ser.serialize_field("time", v)?;
        }
        if let Some(v) = self.from.as_ref() {
            struct_ser.serialize_field("from", v)?;
        }
        if self.stored {
            struct_ser.serialize_field("stored", &self.stored)?;
        }
        if let Some(v) = self.event.as_ref() {
            match v {
                event::Event::ParticipantJoined(v) => {
                    struct_ser.serialize_field("participantJoined", v)?;
                }
                event::Event::ParticipantLeft(v) => {
                    struct_ser.serialize_field("participantLeft", v)?;
                }
                event::Event::ParticipantUpdated(v) => {
                    struct_ser.serialize_field("participantUpdated", v)?;
                }
                event::Event::ParticipantReconnecting(v) => {
                    struct_ser.serialize_field("participantReconnecting", v)?;
                }
                event::Event::ParticipantReturned(v) => {
                    struct_ser.serialize_field("participantReturned", v)?;
                }
                event::Event::ShareStarted(v) => {
                    struct_ser.serialize_field("shareStarted", v)?;
                }
                event::Event::ShareEnded(v) => {
                    struct_ser.serialize_field("shareEnded", v)?;
                }
                event::Event::SignalReceived(v) => {
                    struct_ser.serialize_field("signalReceived", v)?;
                }
                event::Event::MessageReceived(v) => {
                    struct_ser.serialize_field("messageReceived", v)?;
                }
                event::Event::RoomUpdated(v) => {
                    struct_ser.serialize_field("roomUpdated", v)?;
                }
                event::Event::RoomClosed(v) => {
                    struct_ser.serialize_field("roomClosed", v)?;
                }
                event::Event::RenegotiateRequested(v) => {
                    struct_ser.serialize_field("renegotiateRequested", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Event {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "position",
            "prev",
            "time",
            "from",
            "stored",
            "participant_joined",
            "participantJoined",
            "participant_left",
            "participantLeft",
            "participant_updated",
            "participantUpdated",
            "participant_reconnecting",
            "participantReconnecting",
            "participant_returned",
            "participantReturned",
            "share_started",
            "shareStarted",
            "share_ended",
            "shareEnded",
            "signal_received",
            "signalReceived",
            "message_received",
            "messageReceived",
            "room_updated",
            "roomUpdated",
            "room_closed",
            "roomClosed",
            "renegotiate_requested",
            "renegotiateRequested",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Position,
            Prev,
            Time,
            From,
            Stored,
            ParticipantJoined,
            ParticipantLeft,
            ParticipantUpdated,
            ParticipantReconnecting,
            ParticipantReturned,
            ShareStarted,
            ShareEnded,
            SignalReceived,
            MessageReceived,
            RoomUpdated,
            RoomClosed,
            RenegotiateRequested,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "position" => Ok(GeneratedField::Position),
                            "prev" => Ok(GeneratedField::Prev),
                            "time" => Ok(GeneratedField::Time),
                            "from" => Ok(GeneratedField::From),
                            "stored" => Ok(GeneratedField::Stored),
                            "participantJoined" | "participant_joined" => Ok(GeneratedField::ParticipantJoined),
                            "participantLeft" | "participant_left" => Ok(GeneratedField::ParticipantLeft),
                            "participantUpdated" | "participant_updated" => Ok(GeneratedField::ParticipantUpdated),
                            "participantReconnecting" | "participant_reconnecting" => Ok(GeneratedField::ParticipantReconnecting),
                            "participantReturned" | "participant_returned" => Ok(GeneratedField::ParticipantReturned),
                            "shareStarted" | "share_started" => Ok(GeneratedField::ShareStarted),
                            "shareEnded" | "share_ended" => Ok(GeneratedField::ShareEnded),
                            "signalReceived" | "signal_received" => Ok(GeneratedField::SignalReceived),
                            "messageReceived" | "message_received" => Ok(GeneratedField::MessageReceived),
                            "roomUpdated" | "room_updated" => Ok(GeneratedField::RoomUpdated),
                            "roomClosed" | "room_closed" => Ok(GeneratedField::RoomClosed),
                            "renegotiateRequested" | "renegotiate_requested" => Ok(GeneratedField::RenegotiateRequested),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Event;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Event")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Event, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut position__ = None;
                let mut prev__ = None;
                let mut time__ = None;
                let mut from__ = None;
                let mut stored__ = None;
                let mut event__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Prev => {
                            if prev__.is_some() {
                                return Err(serde::de::Error::duplicate_field("prev"));
                            }
                            prev__ = map_.next_value()?;
                        }
                        GeneratedField::Time => {
                            if time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("time"));
                            }
                            time__ = map_.next_value()?;
                        }
                        GeneratedField::From => {
                            if from__.is_some() {
                                return Err(serde::de::Error::duplicate_field("from"));
                            }
                            from__ = map_.next_value()?;
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantJoined => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantJoined"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ParticipantJoined)
;
                        }
                        GeneratedField::ParticipantLeft => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantLeft"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ParticipantLeft)
;
                        }
                        GeneratedField::ParticipantUpdated => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantUpdated"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ParticipantUpdated)
;
                        }
                        GeneratedField::ParticipantReconnecting => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantReconnecting"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ParticipantReconnecting)
;
                        }
                        GeneratedField::ParticipantReturned => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantReturned"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ParticipantReturned)
;
                        }
                        GeneratedField::ShareStarted => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("shareStarted"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ShareStarted)
;
                        }
                        GeneratedField::ShareEnded => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("shareEnded"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::ShareEnded)
;
                        }
                        GeneratedField::SignalReceived => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signalReceived"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::SignalReceived)
;
                        }
                        GeneratedField::MessageReceived => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("messageReceived"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::MessageReceived)
;
                        }
                        GeneratedField::RoomUpdated => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomUpdated"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::RoomUpdated)
;
                        }
                        GeneratedField::RoomClosed => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomClosed"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::RoomClosed)
;
                        }
                        GeneratedField::RenegotiateRequested => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("renegotiateRequested"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(event::Event::RenegotiateRequested)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Event {
                    position: position__,
                    prev: prev__,
                    time: time__,
                    from: from__,
                    stored: stored__.unwrap_or_default(),
                    event: event__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Event", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExplainSessionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ExplainSessionRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ExplainSessionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "participant_id",
            "participantId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            ParticipantId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ExplainSessionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ExplainSessionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ExplainSessionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut participant_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ExplainSessionRequest {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ExplainSessionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExplainSessionResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if !self.summary.is_empty() {
            len += 1;
        }
        if !self.facts.is_empty() {
            len += 1;
        }
        if self.log_begin_time.is_some() {
            len += 1;
        }
        if !self.other_session_ids.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ExplainSessionResponse", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.state != 0 {
            let v = SessionState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if !self.summary.is_empty() {
            struct_ser.serialize_field("summary", &self.summary)?;
        }
        if !self.facts.is_empty() {
            struct_ser.serialize_field("facts", &self.facts)?;
        }
        if let Some(v) = self.log_begin_time.as_ref() {
            struct_ser.serialize_field("logBeginTime", v)?;
        }
        if !self.other_session_ids.is_empty() {
            struct_ser.serialize_field("otherSessionIds", &self.other_session_ids)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ExplainSessionResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "state",
            "summary",
            "facts",
            "log_begin_time",
            "logBeginTime",
            "other_session_ids",
            "otherSessionIds",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            State,
            Summary,
            Facts,
            LogBeginTime,
            OtherSessionIds,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "state" => Ok(GeneratedField::State),
                            "summary" => Ok(GeneratedField::Summary),
                            "facts" => Ok(GeneratedField::Facts),
                            "logBeginTime" | "log_begin_time" => Ok(GeneratedField::LogBeginTime),
                            "otherSessionIds" | "other_session_ids" => Ok(GeneratedField::OtherSessionIds),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ExplainSessionResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ExplainSessionResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ExplainSessionResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut state__ = None;
                let mut summary__ = None;
                let mut facts__ = None;
                let mut log_begin_time__ = None;
                let mut other_session_ids__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<SessionState>()? as i32);
                        }
                        GeneratedField::Summary => {
                            if summary__.is_some() {
                                return Err(serde::de::Error::duplicate_field("summary"));
                            }
                            summary__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Facts => {
                            if facts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("facts"));
                            }
                            facts__ = Some(map_.next_value()?);
                        }
                        GeneratedField::LogBeginTime => {
                            if log_begin_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("logBeginTime"));
                            }
                            log_begin_time__ = map_.next_value()?;
                        }
                        GeneratedField::OtherSessionIds => {
                            if other_session_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("otherSessionIds"));
                            }
                            other_session_ids__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ExplainSessionResponse {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    summary: summary__.unwrap_or_default(),
                    facts: facts__.unwrap_or_default(),
                    log_begin_time: log_begin_time__,
                    other_session_ids: other_session_ids__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ExplainSessionResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for FieldViolation {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.field.is_empty() {
            len += 1;
        }
        if !self.description.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.FieldViolation", len)?;
        if !self.field.is_empty() {
            struct_ser.serialize_field("field", &self.field)?;
        }
        if !self.description.is_empty() {
            struct_ser.serialize_field("description", &self.description)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FieldViolation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "field",
            "description",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Field,
            Description,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "field" => Ok(GeneratedField::Field),
                            "description" => Ok(GeneratedField::Description),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FieldViolation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.FieldViolation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FieldViolation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut field__ = None;
                let mut description__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Field => {
                            if field__.is_some() {
                                return Err(serde::de::Error::duplicate_field("field"));
                            }
                            field__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Description => {
                            if description__.is_some() {
                                return Err(serde::de::Error::duplicate_field("description"));
                            }
                            description__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(FieldViolation {
                    field: field__.unwrap_or_default(),
                    description: description__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.FieldViolation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GatewayHello {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.gateway_id.is_empty() {
            len += 1;
        }
        if self.partition != 0 {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GatewayHello", len)?;
        if !self.gateway_id.is_empty() {
            struct_ser.serialize_field("gatewayId", &self.gateway_id)?;
        }
        if self.partition != 0 {
            struct_ser.serialize_field("partition", &self.partition)?;
        }
        if self.version != 0 {
            struct_ser.serialize_field("version", &self.version)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GatewayHello {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "gateway_id",
            "gatewayId",
            "partition",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            GatewayId,
            Partition,
            Version,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "gatewayId" | "gateway_id" => Ok(GeneratedField::GatewayId),
                            "partition" => Ok(GeneratedField::Partition),
                            "version" => Ok(GeneratedField::Version),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GatewayHello;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GatewayHello")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GatewayHello, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut gateway_id__ = None;
                let mut partition__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::GatewayId => {
                            if gateway_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gatewayId"));
                            }
                            gateway_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Partition => {
                            if partition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("partition"));
                            }
                            partition__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GatewayHello {
                    gateway_id: gateway_id__.unwrap_or_default(),
                    partition: partition__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GatewayHello", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetParticipantRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GetParticipantRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetParticipantRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            ParticipantId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetParticipantRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GetParticipantRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetParticipantRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GetParticipantRequest {
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GetParticipantRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetParticipantResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.participant.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GetParticipantResponse", len)?;
        if let Some(v) = self.participant.as_ref() {
            struct_ser.serialize_field("participant", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetParticipantResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Participant,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participant" => Ok(GeneratedField::Participant),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetParticipantResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GetParticipantResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetParticipantResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Participant => {
                            if participant__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participant"));
                            }
                            participant__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GetParticipantResponse {
                    participant: participant__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GetParticipantResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetRoomRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.view != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GetRoomRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if self.view != 0 {
            let v = RoomView::try_from(self.view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.view)))?;
            struct_ser.serialize_field("view", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetRoomRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "view",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            View,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "view" => Ok(GeneratedField::View),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetRoomRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GetRoomRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetRoomRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut view__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::View => {
                            if view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("view"));
                            }
                            view__ = Some(map_.next_value::<RoomView>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GetRoomRequest {
                    room_id: room_id__.unwrap_or_default(),
                    view: view__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GetRoomRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetRoomResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.room.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GetRoomResponse", len)?;
        if let Some(v) = self.room.as_ref() {
            struct_ser.serialize_field("room", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetRoomResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Room,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "room" => Ok(GeneratedField::Room),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetRoomResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GetRoomResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetRoomResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Room => {
                            if room__.is_some() {
                                return Err(serde::de::Error::duplicate_field("room"));
                            }
                            room__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GetRoomResponse {
                    room: room__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GetRoomResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GoneCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.leaving {
            len += 1;
        }
        if self.end.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.GoneCommand", len)?;
        if self.leaving {
            struct_ser.serialize_field("leaving", &self.leaving)?;
        }
        if let Some(v) = self.end.as_ref() {
            struct_ser.serialize_field("end", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GoneCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "leaving",
            "end",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Leaving,
            End,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "leaving" => Ok(GeneratedField::Leaving),
                            "end" => Ok(GeneratedField::End),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GoneCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.GoneCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GoneCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut leaving__ = None;
                let mut end__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Leaving => {
                            if leaving__.is_some() {
                                return Err(serde::de::Error::duplicate_field("leaving"));
                            }
                            leaving__ = Some(map_.next_value()?);
                        }
                        GeneratedField::End => {
                            if end__.is_some() {
                                return Err(serde::de::Error::duplicate_field("end"));
                            }
                            end__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GoneCommand {
                    leaving: leaving__.unwrap_or_default(),
                    end: end__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.GoneCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Heartbeat {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.position.is_some() {
            len += 1;
        }
        if self.degraded {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Heartbeat", len)?;
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if self.degraded {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Heartbeat {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "position",
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Position,
            Degraded,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "position" => Ok(GeneratedField::Position),
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Heartbeat;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Heartbeat")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Heartbeat, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut position__ = None;
                let mut degraded__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Heartbeat {
                    position: position__,
                    degraded: degraded__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Heartbeat", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Hole {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        if self.last != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Hole", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.last != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last", ToString::to_string(&self.last).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Hole {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "counter",
            "last",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Counter,
            Last,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            "last" => Ok(GeneratedField::Last),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Hole;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Hole")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Hole, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut counter__ = None;
                let mut last__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Last => {
                            if last__.is_some() {
                                return Err(serde::de::Error::duplicate_field("last"));
                            }
                            last__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Hole {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                    last: last__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Hole", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for IceServer {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.urls.is_empty() {
            len += 1;
        }
        if !self.username.is_empty() {
            len += 1;
        }
        if !self.credential.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.IceServer", len)?;
        if !self.urls.is_empty() {
            struct_ser.serialize_field("urls", &self.urls)?;
        }
        if !self.username.is_empty() {
            struct_ser.serialize_field("username", &self.username)?;
        }
        if !self.credential.is_empty() {
            struct_ser.serialize_field("credential", &self.credential)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for IceServer {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "urls",
            "username",
            "credential",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Urls,
            Username,
            Credential,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "urls" => Ok(GeneratedField::Urls),
                            "username" => Ok(GeneratedField::Username),
                            "credential" => Ok(GeneratedField::Credential),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = IceServer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.IceServer")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<IceServer, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut urls__ = None;
                let mut username__ = None;
                let mut credential__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Urls => {
                            if urls__.is_some() {
                                return Err(serde::de::Error::duplicate_field("urls"));
                            }
                            urls__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Username => {
                            if username__.is_some() {
                                return Err(serde::de::Error::duplicate_field("username"));
                            }
                            username__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Credential => {
                            if credential__.is_some() {
                                return Err(serde::de::Error::duplicate_field("credential"));
                            }
                            credential__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(IceServer {
                    urls: urls__.unwrap_or_default(),
                    username: username__.unwrap_or_default(),
                    credential: credential__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.IceServer", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for IceServers {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.ice_servers.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.IceServers", len)?;
        if !self.ice_servers.is_empty() {
            struct_ser.serialize_field("iceServers", &self.ice_servers)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for IceServers {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ice_servers",
            "iceServers",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            IceServers,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "iceServers" | "ice_servers" => Ok(GeneratedField::IceServers),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = IceServers;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.IceServers")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<IceServers, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut ice_servers__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::IceServers => {
                            if ice_servers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("iceServers"));
                            }
                            ice_servers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(IceServers {
                    ice_servers: ice_servers__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.IceServers", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Join {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        if !self.token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Join", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if !self.token.is_empty() {
            struct_ser.serialize_field("token", &self.token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Join {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "metadata",
            "token",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            ParticipantId,
            Metadata,
            Token,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "metadata" => Ok(GeneratedField::Metadata),
                            "token" => Ok(GeneratedField::Token),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Join;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Join")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Join, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut metadata__ = None;
                let mut token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Token => {
                            if token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("token"));
                            }
                            token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Join {
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    metadata: metadata__.unwrap_or_default(),
                    token: token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Join", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for JoinCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.join_time.is_some() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        if self.resubmitted {
            len += 1;
        }
        if self.resume_window.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.JoinCommand", len)?;
        if let Some(v) = self.join_time.as_ref() {
            struct_ser.serialize_field("joinTime", v)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if self.resubmitted {
            struct_ser.serialize_field("resubmitted", &self.resubmitted)?;
        }
        if let Some(v) = self.resume_window.as_ref() {
            struct_ser.serialize_field("resumeWindow", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for JoinCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "join_time",
            "joinTime",
            "metadata",
            "resubmitted",
            "resume_window",
            "resumeWindow",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            JoinTime,
            Metadata,
            Resubmitted,
            ResumeWindow,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "joinTime" | "join_time" => Ok(GeneratedField::JoinTime),
                            "metadata" => Ok(GeneratedField::Metadata),
                            "resubmitted" => Ok(GeneratedField::Resubmitted),
                            "resumeWindow" | "resume_window" => Ok(GeneratedField::ResumeWindow),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = JoinCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.JoinCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<JoinCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut join_time__ = None;
                let mut metadata__ = None;
                let mut resubmitted__ = None;
                let mut resume_window__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::JoinTime => {
                            if join_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("joinTime"));
                            }
                            join_time__ = map_.next_value()?;
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Resubmitted => {
                            if resubmitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resubmitted"));
                            }
                            resubmitted__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeWindow => {
                            if resume_window__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeWindow"));
                            }
                            resume_window__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(JoinCommand {
                    join_time: join_time__,
                    metadata: metadata__.unwrap_or_default(),
                    resubmitted: resubmitted__.unwrap_or_default(),
                    resume_window: resume_window__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.JoinCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Joined {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if self.resume_window.is_some() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Joined", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if let Some(v) = self.resume_window.as_ref() {
            struct_ser.serialize_field("resumeWindow", v)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Joined {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "resume_token",
            "resumeToken",
            "resume_window",
            "resumeWindow",
            "position",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            ResumeToken,
            ResumeWindow,
            Position,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "resumeWindow" | "resume_window" => Ok(GeneratedField::ResumeWindow),
                            "position" => Ok(GeneratedField::Position),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Joined;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Joined")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Joined, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut resume_token__ = None;
                let mut resume_window__ = None;
                let mut position__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeWindow => {
                            if resume_window__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeWindow"));
                            }
                            resume_window__ = map_.next_value()?;
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Joined {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    resume_token: resume_token__.unwrap_or_default(),
                    resume_window: resume_window__,
                    position: position__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Joined", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Leave {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.Leave", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Leave {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Leave;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Leave")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Leave, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(Leave {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Leave", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LeaveReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "LEAVE_REASON_UNSPECIFIED",
            Self::Left => "LEAVE_REASON_LEFT",
            Self::TakenOver => "LEAVE_REASON_TAKEN_OVER",
            Self::Expired => "LEAVE_REASON_EXPIRED",
            Self::Removed => "LEAVE_REASON_REMOVED",
            Self::RoomClosed => "LEAVE_REASON_ROOM_CLOSED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for LeaveReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "LEAVE_REASON_UNSPECIFIED",
            "LEAVE_REASON_LEFT",
            "LEAVE_REASON_TAKEN_OVER",
            "LEAVE_REASON_EXPIRED",
            "LEAVE_REASON_REMOVED",
            "LEAVE_REASON_ROOM_CLOSED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = LeaveReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "LEAVE_REASON_UNSPECIFIED" => Ok(LeaveReason::Unspecified),
                    "LEAVE_REASON_LEFT" => Ok(LeaveReason::Left),
                    "LEAVE_REASON_TAKEN_OVER" => Ok(LeaveReason::TakenOver),
                    "LEAVE_REASON_EXPIRED" => Ok(LeaveReason::Expired),
                    "LEAVE_REASON_REMOVED" => Ok(LeaveReason::Removed),
                    "LEAVE_REASON_ROOM_CLOSED" => Ok(LeaveReason::RoomClosed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for LinkCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if !self.connection_id.is_empty() {
            len += 1;
        }
        if self.command.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkCommand", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if !self.connection_id.is_empty() {
            struct_ser.serialize_field("connectionId", &self.connection_id)?;
        }
        if let Some(v) = self.command.as_ref() {
            match v {
                link_command::Command::Join(v) => {
                    struct_ser.serialize_field("join", v)?;
                }
                link_command::Command::Resume(v) => {
                    struct_ser.serialize_field("resume", v)?;
                }
                link_command::Command::Gone(v) => {
                    struct_ser.serialize_field("gone", v)?;
                }
                link_command::Command::Present(v) => {
                    struct_ser.serialize_field("present", v)?;
                }
                link_command::Command::Session(v) => {
                    struct_ser.serialize_field("session", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "generation",
            "connection_id",
            "connectionId",
            "join",
            "resume",
            "gone",
            "present",
            "session",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            ParticipantId,
            SessionId,
            Generation,
            ConnectionId,
            Join,
            Resume,
            Gone,
            Present,
            Session,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "generation" => Ok(GeneratedField::Generation),
                            "connectionId" | "connection_id" => Ok(GeneratedField::ConnectionId),
                            "join" => Ok(GeneratedField::Join),
                            "resume" => Ok(GeneratedField::Resume),
                            "gone" => Ok(GeneratedField::Gone),
                            "present" => Ok(GeneratedField::Present),
                            "session" => Ok(GeneratedField::Session),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut generation__ = None;
                let mut connection_id__ = None;
                let mut command__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ConnectionId => {
                            if connection_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionId"));
                            }
                            connection_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Join => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("join"));
                            }
                            command__ = map_.next_value::<::std::option::Option<_>>()?.map(link_command::Command::Join)
;
                        }
                        GeneratedField::Resume => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resume"));
                            }
                            command__ = map_.next_value::<::std::option::Option<_>>()?.map(link_command::Command::Resume)
;
                        }
                        GeneratedField::Gone => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gone"));
                            }
                            command__ = map_.next_value::<::std::option::Option<_>>()?.map(link_command::Command::Gone)
;
                        }
                        GeneratedField::Present => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("present"));
                            }
                            command__ = map_.next_value::<::std::option::Option<_>>()?.map(link_command::Command::Present)
;
                        }
                        GeneratedField::Session => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("session"));
                            }
                            command__ = map_.next_value::<::std::option::Option<_>>()?.map(link_command::Command::Session)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkCommand {
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    connection_id: connection_id__.unwrap_or_default(),
                    command: command__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkDegraded {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.degraded {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkDegraded", len)?;
        if self.degraded {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkDegraded {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Degraded,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkDegraded;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkDegraded")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkDegraded, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut degraded__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkDegraded {
                    degraded: degraded__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkDegraded", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkEnd {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkEnd", len)?;
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkEnd {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkEnd;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkEnd")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkEnd, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkEnd {
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkEnd", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkEvent {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.event.is_some() {
            len += 1;
        }
        if !self.to_session_ids.is_empty() {
            len += 1;
        }
        if !self.replay_session_id.is_empty() {
            len += 1;
        }
        if !self.traceparent.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkEvent", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.event.as_ref() {
            struct_ser.serialize_field("event", v)?;
        }
        if !self.to_session_ids.is_empty() {
            struct_ser.serialize_field("toSessionIds", &self.to_session_ids)?;
        }
        if !self.replay_session_id.is_empty() {
            struct_ser.serialize_field("replaySessionId", &self.replay_session_id)?;
        }
        if !self.traceparent.is_empty() {
            struct_ser.serialize_field("traceparent", &self.traceparent)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkEvent {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "event",
            "to_session_ids",
            "toSessionIds",
            "replay_session_id",
            "replaySessionId",
            "traceparent",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Event,
            ToSessionIds,
            ReplaySessionId,
            Traceparent,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "event" => Ok(GeneratedField::Event),
                            "toSessionIds" | "to_session_ids" => Ok(GeneratedField::ToSessionIds),
                            "replaySessionId" | "replay_session_id" => Ok(GeneratedField::ReplaySessionId),
                            "traceparent" => Ok(GeneratedField::Traceparent),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkEvent;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkEvent")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkEvent, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut event__ = None;
                let mut to_session_ids__ = None;
                let mut replay_session_id__ = None;
                let mut traceparent__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Event => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            event__ = map_.next_value()?;
                        }
                        GeneratedField::ToSessionIds => {
                            if to_session_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("toSessionIds"));
                            }
                            to_session_ids__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReplaySessionId => {
                            if replay_session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("replaySessionId"));
                            }
                            replay_session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Traceparent => {
                            if traceparent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("traceparent"));
                            }
                            traceparent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkEvent {
                    room_id: room_id__.unwrap_or_default(),
                    event: event__,
                    to_session_ids: to_session_ids__.unwrap_or_default(),
                    replay_session_id: replay_session_id__.unwrap_or_default(),
                    traceparent: traceparent__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkEvent", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.items.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkRequest", len)?;
        if !self.items.is_empty() {
            struct_ser.serialize_field("items", &self.items)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "items",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Items,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "items" => Ok(GeneratedField::Items),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut items__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Items => {
                            if items__.is_some() {
                                return Err(serde::de::Error::duplicate_field("items"));
                            }
                            items__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkRequest {
                    items: items__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkRequestItem {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.item.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkRequestItem", len)?;
        if let Some(v) = self.item.as_ref() {
            match v {
                link_request_item::Item::Hello(v) => {
                    struct_ser.serialize_field("hello", v)?;
                }
                link_request_item::Item::Attach(v) => {
                    struct_ser.serialize_field("attach", v)?;
                }
                link_request_item::Item::Command(v) => {
                    struct_ser.serialize_field("command", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkRequestItem {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "hello",
            "attach",
            "command",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Hello,
            Attach,
            Command,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hello" => Ok(GeneratedField::Hello),
                            "attach" => Ok(GeneratedField::Attach),
                            "command" => Ok(GeneratedField::Command),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkRequestItem;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkRequestItem")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkRequestItem, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut item__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Hello => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hello"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_request_item::Item::Hello)
;
                        }
                        GeneratedField::Attach => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attach"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_request_item::Item::Attach)
;
                        }
                        GeneratedField::Command => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("command"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_request_item::Item::Command)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkRequestItem {
                    item: item__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkRequestItem", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkReset {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkReset", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.reason != 0 {
            let v = ResetReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkReset {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkReset;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkReset")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkReset, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ResetReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkReset {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkReset", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.items.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkResponse", len)?;
        if !self.items.is_empty() {
            struct_ser.serialize_field("items", &self.items)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "items",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Items,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "items" => Ok(GeneratedField::Items),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut items__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Items => {
                            if items__.is_some() {
                                return Err(serde::de::Error::duplicate_field("items"));
                            }
                            items__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkResponse {
                    items: items__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkResponseItem {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.item.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkResponseItem", len)?;
        if let Some(v) = self.item.as_ref() {
            match v {
                link_response_item::Item::Hello(v) => {
                    struct_ser.serialize_field("hello", v)?;
                }
                link_response_item::Item::Attached(v) => {
                    struct_ser.serialize_field("attached", v)?;
                }
                link_response_item::Item::Joined(v) => {
                    struct_ser.serialize_field("joined", v)?;
                }
                link_response_item::Item::Resumed(v) => {
                    struct_ser.serialize_field("resumed", v)?;
                }
                link_response_item::Item::Refused(v) => {
                    struct_ser.serialize_field("refused", v)?;
                }
                link_response_item::Item::Ack(v) => {
                    struct_ser.serialize_field("ack", v)?;
                }
                link_response_item::Item::Hole(v) => {
                    struct_ser.serialize_field("hole", v)?;
                }
                link_response_item::Item::Busy(v) => {
                    struct_ser.serialize_field("busy", v)?;
                }
                link_response_item::Item::Snapshot(v) => {
                    struct_ser.serialize_field("snapshot", v)?;
                }
                link_response_item::Item::Event(v) => {
                    struct_ser.serialize_field("event", v)?;
                }
                link_response_item::Item::Reset(v) => {
                    struct_ser.serialize_field("reset", v)?;
                }
                link_response_item::Item::Stored(v) => {
                    struct_ser.serialize_field("stored", v)?;
                }
                link_response_item::Item::End(v) => {
                    struct_ser.serialize_field("end", v)?;
                }
                link_response_item::Item::Noted(v) => {
                    struct_ser.serialize_field("noted", v)?;
                }
                link_response_item::Item::Degraded(v) => {
                    struct_ser.serialize_field("degraded", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkResponseItem {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "hello",
            "attached",
            "joined",
            "resumed",
            "refused",
            "ack",
            "hole",
            "busy",
            "snapshot",
            "event",
            "reset",
            "stored",
            "end",
            "noted",
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Hello,
            Attached,
            Joined,
            Resumed,
            Refused,
            Ack,
            Hole,
            Busy,
            Snapshot,
            Event,
            Reset,
            Stored,
            End,
            Noted,
            Degraded,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hello" => Ok(GeneratedField::Hello),
                            "attached" => Ok(GeneratedField::Attached),
                            "joined" => Ok(GeneratedField::Joined),
                            "resumed" => Ok(GeneratedField::Resumed),
                            "refused" => Ok(GeneratedField::Refused),
                            "ack" => Ok(GeneratedField::Ack),
                            "hole" => Ok(GeneratedField::Hole),
                            "busy" => Ok(GeneratedField::Busy),
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            "event" => Ok(GeneratedField::Event),
                            "reset" => Ok(GeneratedField::Reset),
                            "stored" => Ok(GeneratedField::Stored),
                            "end" => Ok(GeneratedField::End),
                            "noted" => Ok(GeneratedField::Noted),
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkResponseItem;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkResponseItem")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkResponseItem, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut item__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Hello => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hello"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Hello)
;
                        }
                        GeneratedField::Attached => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attached"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Attached)
;
                        }
                        GeneratedField::Joined => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("joined"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Joined)
;
                        }
                        GeneratedField::Resumed => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumed"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Resumed)
;
                        }
                        GeneratedField::Refused => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Refused)
;
                        }
                        GeneratedField::Ack => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ack"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Ack)
;
                        }
                        GeneratedField::Hole => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hole"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Hole)
;
                        }
                        GeneratedField::Busy => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("busy"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Busy)
;
                        }
                        GeneratedField::Snapshot => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Snapshot)
;
                        }
                        GeneratedField::Event => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Event)
;
                        }
                        GeneratedField::Reset => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reset"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Reset)
;
                        }
                        GeneratedField::Stored => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Stored)
;
                        }
                        GeneratedField::End => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("end"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::End)
;
                        }
                        GeneratedField::Noted => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("noted"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Noted)
;
                        }
                        GeneratedField::Degraded => {
                            if item__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            item__ = map_.next_value::<::std::option::Option<_>>()?.map(link_response_item::Item::Degraded)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkResponseItem {
                    item: item__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkResponseItem", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkSnapshot {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.snapshot.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkSnapshot", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if let Some(v) = self.snapshot.as_ref() {
            struct_ser.serialize_field("snapshot", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkSnapshot {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "snapshot",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Snapshot,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkSnapshot;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkSnapshot")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkSnapshot, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut snapshot__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Snapshot => {
                            if snapshot__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            snapshot__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkSnapshot {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    snapshot: snapshot__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkSnapshot", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LinkStored {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.LinkStored", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LinkStored {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "counter",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Counter,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LinkStored;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.LinkStored")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LinkStored, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut counter__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(LinkStored {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.LinkStored", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListParticipantsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ListParticipantsRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListParticipantsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            PageSize,
            PageToken,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListParticipantsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ListParticipantsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListParticipantsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut page_size__ = None;
                let mut page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PageSize => {
                            if page_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageSize"));
                            }
                            page_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PageToken => {
                            if page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageToken"));
                            }
                            page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ListParticipantsRequest {
                    room_id: room_id__.unwrap_or_default(),
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ListParticipantsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListParticipantsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participants.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ListParticipantsResponse", len)?;
        if !self.participants.is_empty() {
            struct_ser.serialize_field("participants", &self.participants)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListParticipantsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participants",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Participants,
            NextPageToken,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participants" => Ok(GeneratedField::Participants),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListParticipantsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ListParticipantsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListParticipantsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participants__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Participants => {
                            if participants__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participants"));
                            }
                            participants__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ListParticipantsResponse {
                    participants: participants__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ListParticipantsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListRoomsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.page_size != 0 {
            len += 1;
        }
        if !self.page_token.is_empty() {
            len += 1;
        }
        if self.view != 0 {
            len += 1;
        }
        if self.occupied_only {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ListRoomsRequest", len)?;
        if self.page_size != 0 {
            struct_ser.serialize_field("pageSize", &self.page_size)?;
        }
        if !self.page_token.is_empty() {
            struct_ser.serialize_field("pageToken", &self.page_token)?;
        }
        if self.view != 0 {
            let v = RoomView::try_from(self.view)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.view)))?;
            struct_ser.serialize_field("view", &v)?;
        }
        if self.occupied_only {
            struct_ser.serialize_field("occupiedOnly", &self.occupied_only)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListRoomsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "page_size",
            "pageSize",
            "page_token",
            "pageToken",
            "view",
            "occupied_only",
            "occupiedOnly",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PageSize,
            PageToken,
            View,
            OccupiedOnly,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "pageSize" | "page_size" => Ok(GeneratedField::PageSize),
                            "pageToken" | "page_token" => Ok(GeneratedField::PageToken),
                            "view" => Ok(GeneratedField::View),
                            "occupiedOnly" | "occupied_only" => Ok(GeneratedField::OccupiedOnly),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListRoomsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ListRoomsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListRoomsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut page_size__ = None;
                let mut page_token__ = None;
                let mut view__ = None;
                let mut occupied_only__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PageSize => {
                            if page_size__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageSize"));
                            }
                            page_size__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PageToken => {
                            if page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pageToken"));
                            }
                            page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::View => {
                            if view__.is_some() {
                                return Err(serde::de::Error::duplicate_field("view"));
                            }
                            view__ = Some(map_.next_value::<RoomView>()? as i32);
                        }
                        GeneratedField::OccupiedOnly => {
                            if occupied_only__.is_some() {
                                return Err(serde::de::Error::duplicate_field("occupiedOnly"));
                            }
                            occupied_only__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ListRoomsRequest {
                    page_size: page_size__.unwrap_or_default(),
                    page_token: page_token__.unwrap_or_default(),
                    view: view__.unwrap_or_default(),
                    occupied_only: occupied_only__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ListRoomsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListRoomsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.rooms.is_empty() {
            len += 1;
        }
        if !self.next_page_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ListRoomsResponse", len)?;
        if !self.rooms.is_empty() {
            struct_ser.serialize_field("rooms", &self.rooms)?;
        }
        if !self.next_page_token.is_empty() {
            struct_ser.serialize_field("nextPageToken", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListRoomsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "rooms",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Rooms,
            NextPageToken,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "rooms" => Ok(GeneratedField::Rooms),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListRoomsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ListRoomsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListRoomsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut rooms__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Rooms => {
                            if rooms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rooms"));
                            }
                            rooms__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ListRoomsResponse {
                    rooms: rooms__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ListRoomsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Message {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.to.is_empty() {
            len += 1;
        }
        if !self.body.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Message", len)?;
        if !self.to.is_empty() {
            struct_ser.serialize_field("to", &self.to)?;
        }
        if !self.body.is_empty() {
            struct_ser.serialize_field("body", &self.body)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Message {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "to",
            "body",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            To,
            Body,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "to" => Ok(GeneratedField::To),
                            "body" => Ok(GeneratedField::Body),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Message;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Message")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Message, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut to__ = None;
                let mut body__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::To => {
                            if to__.is_some() {
                                return Err(serde::de::Error::duplicate_field("to"));
                            }
                            to__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Message {
                    to: to__.unwrap_or_default(),
                    body: body__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Message", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for MessageReceived {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.body.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.MessageReceived", len)?;
        if !self.body.is_empty() {
            struct_ser.serialize_field("body", &self.body)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for MessageReceived {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "body",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Body,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "body" => Ok(GeneratedField::Body),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = MessageReceived;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.MessageReceived")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<MessageReceived, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut body__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(MessageReceived {
                    body: body__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.MessageReceived", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Participant {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if self.join_time.is_some() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        if self.share.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Participant", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.state != 0 {
            let v = ParticipantState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if let Some(v) = self.join_time.as_ref() {
            struct_ser.serialize_field("joinTime", v)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if let Some(v) = self.share.as_ref() {
            struct_ser.serialize_field("share", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Participant {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "state",
            "join_time",
            "joinTime",
            "metadata",
            "share",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            State,
            JoinTime,
            Metadata,
            Share,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "state" => Ok(GeneratedField::State),
                            "joinTime" | "join_time" => Ok(GeneratedField::JoinTime),
                            "metadata" => Ok(GeneratedField::Metadata),
                            "share" => Ok(GeneratedField::Share),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Participant;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Participant")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Participant, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut state__ = None;
                let mut join_time__ = None;
                let mut metadata__ = None;
                let mut share__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<ParticipantState>()? as i32);
                        }
                        GeneratedField::JoinTime => {
                            if join_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("joinTime"));
                            }
                            join_time__ = map_.next_value()?;
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Share => {
                            if share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("share"));
                            }
                            share__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Participant {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    join_time: join_time__,
                    metadata: metadata__.unwrap_or_default(),
                    share: share__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Participant", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantJoined {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.participant.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ParticipantJoined", len)?;
        if let Some(v) = self.participant.as_ref() {
            struct_ser.serialize_field("participant", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantJoined {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Participant,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participant" => Ok(GeneratedField::Participant),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ParticipantJoined;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ParticipantJoined")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ParticipantJoined, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Participant => {
                            if participant__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participant"));
                            }
                            participant__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ParticipantJoined {
                    participant: participant__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ParticipantJoined", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantLeft {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ParticipantLeft", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.reason != 0 {
            let v = LeaveReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantLeft {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ParticipantLeft;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ParticipantLeft")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ParticipantLeft, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<LeaveReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ParticipantLeft {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ParticipantLeft", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantReconnecting {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.expire_time.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ParticipantReconnecting", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if let Some(v) = self.expire_time.as_ref() {
            struct_ser.serialize_field("expireTime", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantReconnecting {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "expire_time",
            "expireTime",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            ExpireTime,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "expireTime" | "expire_time" => Ok(GeneratedField::ExpireTime),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ParticipantReconnecting;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ParticipantReconnecting")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ParticipantReconnecting, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut expire_time__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ExpireTime => {
                            if expire_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expireTime"));
                            }
                            expire_time__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ParticipantReconnecting {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    expire_time: expire_time__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ParticipantReconnecting", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantReturned {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ParticipantReturned", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantReturned {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ParticipantReturned;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ParticipantReturned")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ParticipantReturned, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ParticipantReturned {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ParticipantReturned", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "PARTICIPANT_STATE_UNSPECIFIED",
            Self::Joined => "PARTICIPANT_STATE_JOINED",
            Self::Reconnecting => "PARTICIPANT_STATE_RECONNECTING",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "PARTICIPANT_STATE_UNSPECIFIED",
            "PARTICIPANT_STATE_JOINED",
            "PARTICIPANT_STATE_RECONNECTING",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ParticipantState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "PARTICIPANT_STATE_UNSPECIFIED" => Ok(ParticipantState::Unspecified),
                    "PARTICIPANT_STATE_JOINED" => Ok(ParticipantState::Joined),
                    "PARTICIPANT_STATE_RECONNECTING" => Ok(ParticipantState::Reconnecting),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ParticipantUpdated {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ParticipantUpdated", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ParticipantUpdated {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "metadata",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            Metadata,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "metadata" => Ok(GeneratedField::Metadata),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ParticipantUpdated;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ParticipantUpdated")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ParticipantUpdated, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut metadata__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ParticipantUpdated {
                    participant_id: participant_id__.unwrap_or_default(),
                    metadata: metadata__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ParticipantUpdated", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Permissions {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.grants.is_empty() {
            len += 1;
        }
        if self.token_expire_time.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Permissions", len)?;
        if !self.grants.is_empty() {
            struct_ser.serialize_field("grants", &self.grants)?;
        }
        if let Some(v) = self.token_expire_time.as_ref() {
            struct_ser.serialize_field("tokenExpireTime", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Permissions {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "grants",
            "token_expire_time",
            "tokenExpireTime",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Grants,
            TokenExpireTime,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "grants" => Ok(GeneratedField::Grants),
                            "tokenExpireTime" | "token_expire_time" => Ok(GeneratedField::TokenExpireTime),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Permissions;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Permissions")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Permissions, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut grants__ = None;
                let mut token_expire_time__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Grants => {
                            if grants__.is_some() {
                                return Err(serde::de::Error::duplicate_field("grants"));
                            }
                            grants__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TokenExpireTime => {
                            if token_expire_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tokenExpireTime"));
                            }
                            token_expire_time__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Permissions {
                    grants: grants__.unwrap_or_default(),
                    token_expire_time: token_expire_time__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Permissions", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Position {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.epoch != 0 {
            len += 1;
        }
        if self.seq != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Position", len)?;
        if self.epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("epoch", ToString::to_string(&self.epoch).as_str())?;
        }
        if self.seq != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("seq", ToString::to_string(&self.seq).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Position {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "epoch",
            "seq",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Epoch,
            Seq,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "epoch" => Ok(GeneratedField::Epoch),
                            "seq" => Ok(GeneratedField::Seq),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Position;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Position")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Position, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut epoch__ = None;
                let mut seq__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Epoch => {
                            if epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("epoch"));
                            }
                            epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Seq => {
                            if seq__.is_some() {
                                return Err(serde::de::Error::duplicate_field("seq"));
                            }
                            seq__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Position {
                    epoch: epoch__.unwrap_or_default(),
                    seq: seq__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Position", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PresentCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.PresentCommand", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PresentCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PresentCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.PresentCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PresentCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(PresentCommand {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.PresentCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RefusedCounter {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.counter != 0 {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RefusedCounter", len)?;
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RefusedCounter {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "counter",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Counter,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "counter" => Ok(GeneratedField::Counter),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RefusedCounter;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RefusedCounter")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RefusedCounter, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut counter__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RefusedCounter {
                    counter: counter__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RefusedCounter", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RemoveParticipantRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        if self.duration.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RemoveParticipantRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        if let Some(v) = self.duration.as_ref() {
            struct_ser.serialize_field("duration", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RemoveParticipantRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "request_id",
            "requestId",
            "duration",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            ParticipantId,
            RequestId,
            Duration,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            "duration" => Ok(GeneratedField::Duration),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RemoveParticipantRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RemoveParticipantRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RemoveParticipantRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut request_id__ = None;
                let mut duration__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Duration => {
                            if duration__.is_some() {
                                return Err(serde::de::Error::duplicate_field("duration"));
                            }
                            duration__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RemoveParticipantRequest {
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    request_id: request_id__.unwrap_or_default(),
                    duration: duration__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RemoveParticipantRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RemoveParticipantResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.RemoveParticipantResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RemoveParticipantResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RemoveParticipantResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RemoveParticipantResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RemoveParticipantResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RemoveParticipantResponse {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RemoveParticipantResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Renegotiate {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.Renegotiate", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Renegotiate {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Renegotiate;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Renegotiate")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Renegotiate, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(Renegotiate {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Renegotiate", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RenegotiateRequested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.RenegotiateRequested", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RenegotiateRequested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RenegotiateRequested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RenegotiateRequested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RenegotiateRequested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RenegotiateRequested {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RenegotiateRequested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RenewToken {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RenewToken", len)?;
        if !self.token.is_empty() {
            struct_ser.serialize_field("token", &self.token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RenewToken {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "token",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Token,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "token" => Ok(GeneratedField::Token),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RenewToken;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RenewToken")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RenewToken, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Token => {
                            if token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("token"));
                            }
                            token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RenewToken {
                    token: token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RenewToken", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Reset {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Reset", len)?;
        if self.reason != 0 {
            let v = ResetReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Reset {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Reset;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Reset")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Reset, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ResetReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Reset {
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Reset", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ResetReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "RESET_REASON_UNSPECIFIED",
            Self::Trimmed => "RESET_REASON_TRIMMED",
            Self::NotInHistory => "RESET_REASON_NOT_IN_HISTORY",
            Self::Diverged => "RESET_REASON_DIVERGED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ResetReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "RESET_REASON_UNSPECIFIED",
            "RESET_REASON_TRIMMED",
            "RESET_REASON_NOT_IN_HISTORY",
            "RESET_REASON_DIVERGED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ResetReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "RESET_REASON_UNSPECIFIED" => Ok(ResetReason::Unspecified),
                    "RESET_REASON_TRIMMED" => Ok(ResetReason::Trimmed),
                    "RESET_REASON_NOT_IN_HISTORY" => Ok(ResetReason::NotInHistory),
                    "RESET_REASON_DIVERGED" => Ok(ResetReason::Diverged),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Resume {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Resume", len)?;
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.token.is_empty() {
            struct_ser.serialize_field("token", &self.token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Resume {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "resume_token",
            "resumeToken",
            "generation",
            "position",
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "token",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ResumeToken,
            Generation,
            Position,
            RoomId,
            ParticipantId,
            SessionId,
            Token,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "generation" => Ok(GeneratedField::Generation),
                            "position" => Ok(GeneratedField::Position),
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "token" => Ok(GeneratedField::Token),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Resume;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Resume")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Resume, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut resume_token__ = None;
                let mut generation__ = None;
                let mut position__ = None;
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Token => {
                            if token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("token"));
                            }
                            token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Resume {
                    resume_token: resume_token__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    position: position__,
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    token: token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Resume", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ResumeCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if self.snapshot {
            len += 1;
        }
        if self.replay_bytes_max != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ResumeCommand", len)?;
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if self.snapshot {
            struct_ser.serialize_field("snapshot", &self.snapshot)?;
        }
        if self.replay_bytes_max != 0 {
            struct_ser.serialize_field("replayBytesMax", &self.replay_bytes_max)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ResumeCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "resume_token",
            "resumeToken",
            "position",
            "snapshot",
            "replay_bytes_max",
            "replayBytesMax",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ResumeToken,
            Position,
            Snapshot,
            ReplayBytesMax,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "position" => Ok(GeneratedField::Position),
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            "replayBytesMax" | "replay_bytes_max" => Ok(GeneratedField::ReplayBytesMax),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ResumeCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ResumeCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ResumeCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut resume_token__ = None;
                let mut position__ = None;
                let mut snapshot__ = None;
                let mut replay_bytes_max__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Snapshot => {
                            if snapshot__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            snapshot__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReplayBytesMax => {
                            if replay_bytes_max__.is_some() {
                                return Err(serde::de::Error::duplicate_field("replayBytesMax"));
                            }
                            replay_bytes_max__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ResumeCommand {
                    resume_token: resume_token__.unwrap_or_default(),
                    position: position__,
                    snapshot: snapshot__.unwrap_or_default(),
                    replay_bytes_max: replay_bytes_max__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ResumeCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Resumed {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if self.last != 0 {
            len += 1;
        }
        if !self.refused.is_empty() {
            len += 1;
        }
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if !self.gateway_id.is_empty() {
            len += 1;
        }
        if self.stored.is_some() {
            len += 1;
        }
        if self.degraded {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Resumed", len)?;
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if self.last != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last", ToString::to_string(&self.last).as_str())?;
        }
        if !self.refused.is_empty() {
            struct_ser.serialize_field("refused", &self.refused)?;
        }
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if !self.gateway_id.is_empty() {
            struct_ser.serialize_field("gatewayId", &self.gateway_id)?;
        }
        if let Some(v) = self.stored.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("stored", ToString::to_string(&v).as_str())?;
        }
        if self.degraded {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Resumed {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "session_id",
            "sessionId",
            "generation",
            "last",
            "refused",
            "resume_token",
            "resumeToken",
            "gateway_id",
            "gatewayId",
            "stored",
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SessionId,
            Generation,
            Last,
            Refused,
            ResumeToken,
            GatewayId,
            Stored,
            Degraded,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "generation" => Ok(GeneratedField::Generation),
                            "last" => Ok(GeneratedField::Last),
                            "refused" => Ok(GeneratedField::Refused),
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "gatewayId" | "gateway_id" => Ok(GeneratedField::GatewayId),
                            "stored" => Ok(GeneratedField::Stored),
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Resumed;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Resumed")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Resumed, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut session_id__ = None;
                let mut generation__ = None;
                let mut last__ = None;
                let mut refused__ = None;
                let mut resume_token__ = None;
                let mut gateway_id__ = None;
                let mut stored__ = None;
                let mut degraded__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Last => {
                            if last__.is_some() {
                                return Err(serde::de::Error::duplicate_field("last"));
                            }
                            last__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Refused => {
                            if refused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            refused__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::GatewayId => {
                            if gateway_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gatewayId"));
                            }
                            gateway_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Resumed {
                    session_id: session_id__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    last: last__.unwrap_or_default(),
                    refused: refused__.unwrap_or_default(),
                    resume_token: resume_token__.unwrap_or_default(),
                    gateway_id: gateway_id__.unwrap_or_default(),
                    stored: stored__,
                    degraded: degraded__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Resumed", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Room {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if self.create_time.is_some() {
            len += 1;
        }
        if !self.metadata.is_empty() {
            len += 1;
        }
        if self.settings.is_some() {
            len += 1;
        }
        if self.participant_count != 0 {
            len += 1;
        }
        if !self.participants.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Room", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if let Some(v) = self.create_time.as_ref() {
            struct_ser.serialize_field("createTime", v)?;
        }
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if let Some(v) = self.settings.as_ref() {
            struct_ser.serialize_field("settings", v)?;
        }
        if self.participant_count != 0 {
            struct_ser.serialize_field("participantCount", &self.participant_count)?;
        }
        if !self.participants.is_empty() {
            struct_ser.serialize_field("participants", &self.participants)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Room {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "position",
            "create_time",
            "createTime",
            "metadata",
            "settings",
            "participant_count",
            "participantCount",
            "participants",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Position,
            CreateTime,
            Metadata,
            Settings,
            ParticipantCount,
            Participants,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "position" => Ok(GeneratedField::Position),
                            "createTime" | "create_time" => Ok(GeneratedField::CreateTime),
                            "metadata" => Ok(GeneratedField::Metadata),
                            "settings" => Ok(GeneratedField::Settings),
                            "participantCount" | "participant_count" => Ok(GeneratedField::ParticipantCount),
                            "participants" => Ok(GeneratedField::Participants),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Room;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Room")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Room, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut position__ = None;
                let mut create_time__ = None;
                let mut metadata__ = None;
                let mut settings__ = None;
                let mut participant_count__ = None;
                let mut participants__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::CreateTime => {
                            if create_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createTime"));
                            }
                            create_time__ = map_.next_value()?;
                        }
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Settings => {
                            if settings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settings"));
                            }
                            settings__ = map_.next_value()?;
                        }
                        GeneratedField::ParticipantCount => {
                            if participant_count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantCount"));
                            }
                            participant_count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Participants => {
                            if participants__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participants"));
                            }
                            participants__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Room {
                    room_id: room_id__.unwrap_or_default(),
                    position: position__,
                    create_time: create_time__,
                    metadata: metadata__.unwrap_or_default(),
                    settings: settings__,
                    participant_count: participant_count__.unwrap_or_default(),
                    participants: participants__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Room", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomCloseReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ROOM_CLOSE_REASON_UNSPECIFIED",
            Self::Requested => "ROOM_CLOSE_REASON_REQUESTED",
            Self::Empty => "ROOM_CLOSE_REASON_EMPTY",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for RoomCloseReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ROOM_CLOSE_REASON_UNSPECIFIED",
            "ROOM_CLOSE_REASON_REQUESTED",
            "ROOM_CLOSE_REASON_EMPTY",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = RoomCloseReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ROOM_CLOSE_REASON_UNSPECIFIED" => Ok(RoomCloseReason::Unspecified),
                    "ROOM_CLOSE_REASON_REQUESTED" => Ok(RoomCloseReason::Requested),
                    "ROOM_CLOSE_REASON_EMPTY" => Ok(RoomCloseReason::Empty),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for RoomClosed {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomClosed", len)?;
        if self.reason != 0 {
            let v = RoomCloseReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomClosed {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomClosed;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomClosed")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomClosed, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<RoomCloseReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomClosed {
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomClosed", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomList {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.rooms.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomList", len)?;
        if !self.rooms.is_empty() {
            struct_ser.serialize_field("rooms", &self.rooms)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomList {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "rooms",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Rooms,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "rooms" => Ok(GeneratedField::Rooms),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomList;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomList")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomList, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut rooms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Rooms => {
                            if rooms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rooms"));
                            }
                            rooms__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomList {
                    rooms: rooms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomList", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomReset {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomReset", len)?;
        if self.reason != 0 {
            let v = ResetReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomReset {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomReset;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomReset")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomReset, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ResetReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomReset {
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomReset", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomServiceHello {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.r#where.is_some() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomServiceHello", len)?;
        if let Some(v) = self.r#where.as_ref() {
            struct_ser.serialize_field("where", v)?;
        }
        if self.version != 0 {
            struct_ser.serialize_field("version", &self.version)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomServiceHello {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "where",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Where,
            Version,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "where" => Ok(GeneratedField::Where),
                            "version" => Ok(GeneratedField::Version),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomServiceHello;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomServiceHello")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomServiceHello, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut r#where__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Where => {
                            if r#where__.is_some() {
                                return Err(serde::de::Error::duplicate_field("where"));
                            }
                            r#where__ = map_.next_value()?;
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomServiceHello {
                    r#where: r#where__,
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomServiceHello", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomSettings {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.participants_max != 0 {
            len += 1;
        }
        if self.share_policy != 0 {
            len += 1;
        }
        if self.resume_window.is_some() {
            len += 1;
        }
        if self.empty_timeout.is_some() {
            len += 1;
        }
        if self.departure_timeout.is_some() {
            len += 1;
        }
        if self.locked.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomSettings", len)?;
        if self.participants_max != 0 {
            struct_ser.serialize_field("participantsMax", &self.participants_max)?;
        }
        if self.share_policy != 0 {
            let v = SharePolicy::try_from(self.share_policy)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.share_policy)))?;
            struct_ser.serialize_field("sharePolicy", &v)?;
        }
        if let Some(v) = self.resume_window.as_ref() {
            struct_ser.serialize_field("resumeWindow", v)?;
        }
        if let Some(v) = self.empty_timeout.as_ref() {
            struct_ser.serialize_field("emptyTimeout", v)?;
        }
        if let Some(v) = self.departure_timeout.as_ref() {
            struct_ser.serialize_field("departureTimeout", v)?;
        }
        if let Some(v) = self.locked.as_ref() {
            struct_ser.serialize_field("locked", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomSettings {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participants_max",
            "participantsMax",
            "share_policy",
            "sharePolicy",
            "resume_window",
            "resumeWindow",
            "empty_timeout",
            "emptyTimeout",
            "departure_timeout",
            "departureTimeout",
            "locked",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantsMax,
            SharePolicy,
            ResumeWindow,
            EmptyTimeout,
            DepartureTimeout,
            Locked,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantsMax" | "participants_max" => Ok(GeneratedField::ParticipantsMax),
                            "sharePolicy" | "share_policy" => Ok(GeneratedField::SharePolicy),
                            "resumeWindow" | "resume_window" => Ok(GeneratedField::ResumeWindow),
                            "emptyTimeout" | "empty_timeout" => Ok(GeneratedField::EmptyTimeout),
                            "departureTimeout" | "departure_timeout" => Ok(GeneratedField::DepartureTimeout),
                            "locked" => Ok(GeneratedField::Locked),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomSettings;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomSettings")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomSettings, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participants_max__ = None;
                let mut share_policy__ = None;
                let mut resume_window__ = None;
                let mut empty_timeout__ = None;
                let mut departure_timeout__ = None;
                let mut locked__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantsMax => {
                            if participants_max__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantsMax"));
                            }
                            participants_max__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::SharePolicy => {
                            if share_policy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sharePolicy"));
                            }
                            share_policy__ = Some(map_.next_value::<SharePolicy>()? as i32);
                        }
                        GeneratedField::ResumeWindow => {
                            if resume_window__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeWindow"));
                            }
                            resume_window__ = map_.next_value()?;
                        }
                        GeneratedField::EmptyTimeout => {
                            if empty_timeout__.is_some() {
                                return Err(serde::de::Error::duplicate_field("emptyTimeout"));
                            }
                            empty_timeout__ = map_.next_value()?;
                        }
                        GeneratedField::DepartureTimeout => {
                            if departure_timeout__.is_some() {
                                return Err(serde::de::Error::duplicate_field("departureTimeout"));
                            }
                            departure_timeout__ = map_.next_value()?;
                        }
                        GeneratedField::Locked => {
                            if locked__.is_some() {
                                return Err(serde::de::Error::duplicate_field("locked"));
                            }
                            locked__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomSettings {
                    participants_max: participants_max__.unwrap_or_default(),
                    share_policy: share_policy__.unwrap_or_default(),
                    resume_window: resume_window__,
                    empty_timeout: empty_timeout__,
                    departure_timeout: departure_timeout__,
                    locked: locked__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomSettings", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomUpdated {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.metadata.is_empty() {
            len += 1;
        }
        if self.settings.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.RoomUpdated", len)?;
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        if let Some(v) = self.settings.as_ref() {
            struct_ser.serialize_field("settings", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RoomUpdated {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "metadata",
            "settings",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Metadata,
            Settings,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "metadata" => Ok(GeneratedField::Metadata),
                            "settings" => Ok(GeneratedField::Settings),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RoomUpdated;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.RoomUpdated")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RoomUpdated, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut metadata__ = None;
                let mut settings__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Settings => {
                            if settings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settings"));
                            }
                            settings__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RoomUpdated {
                    metadata: metadata__.unwrap_or_default(),
                    settings: settings__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.RoomUpdated", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RoomView {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ROOM_VIEW_UNSPECIFIED",
            Self::Basic => "ROOM_VIEW_BASIC",
            Self::Participants => "ROOM_VIEW_PARTICIPANTS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for RoomView {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ROOM_VIEW_UNSPECIFIED",
            "ROOM_VIEW_BASIC",
            "ROOM_VIEW_PARTICIPANTS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = RoomView;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ROOM_VIEW_UNSPECIFIED" => Ok(RoomView::Unspecified),
                    "ROOM_VIEW_BASIC" => Ok(RoomView::Basic),
                    "ROOM_VIEW_PARTICIPANTS" => Ok(RoomView::Participants),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for SendMessageRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.to.is_empty() {
            len += 1;
        }
        if !self.body.is_empty() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SendMessageRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.to.is_empty() {
            struct_ser.serialize_field("to", &self.to)?;
        }
        if !self.body.is_empty() {
            struct_ser.serialize_field("body", &self.body)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SendMessageRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "to",
            "body",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            To,
            Body,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "to" => Ok(GeneratedField::To),
                            "body" => Ok(GeneratedField::Body),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SendMessageRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SendMessageRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SendMessageRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut to__ = None;
                let mut body__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::To => {
                            if to__.is_some() {
                                return Err(serde::de::Error::duplicate_field("to"));
                            }
                            to__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Body => {
                            if body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("body"));
                            }
                            body__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SendMessageRequest {
                    room_id: room_id__.unwrap_or_default(),
                    to: to__.unwrap_or_default(),
                    body: body__.unwrap_or_default(),
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SendMessageRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SendMessageResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.position.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SendMessageResponse", len)?;
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SendMessageResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "position",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Position,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "position" => Ok(GeneratedField::Position),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SendMessageResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SendMessageResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SendMessageResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut position__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SendMessageResponse {
                    position: position__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SendMessageResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Sender {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Sender", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Sender {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "session_id",
            "sessionId",
            "counter",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            SessionId,
            Counter,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Sender;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Sender")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Sender, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut session_id__ = None;
                let mut counter__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Sender {
                    participant_id: participant_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Sender", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ServerMessage {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ServerMessage", len)?;
        if let Some(v) = self.kind.as_ref() {
            match v {
                server_message::Kind::Welcome(v) => {
                    struct_ser.serialize_field("welcome", v)?;
                }
                server_message::Kind::Snapshot(v) => {
                    struct_ser.serialize_field("snapshot", v)?;
                }
                server_message::Kind::Event(v) => {
                    struct_ser.serialize_field("event", v)?;
                }
                server_message::Kind::Ack(v) => {
                    struct_ser.serialize_field("ack", v)?;
                }
                server_message::Kind::Stored(v) => {
                    struct_ser.serialize_field("stored", v)?;
                }
                server_message::Kind::Resumed(v) => {
                    struct_ser.serialize_field("resumed", v)?;
                }
                server_message::Kind::Reset(v) => {
                    struct_ser.serialize_field("reset", v)?;
                }
                server_message::Kind::Heartbeat(v) => {
                    struct_ser.serialize_field("heartbeat", v)?;
                }
                server_message::Kind::Drain(v) => {
                    struct_ser.serialize_field("drain", v)?;
                }
                server_message::Kind::Error(v) => {
                    struct_ser.serialize_field("error", v)?;
                }
                server_message::Kind::Permissions(v) => {
                    struct_ser.serialize_field("permissions", v)?;
                }
                server_message::Kind::IceServers(v) => {
                    struct_ser.serialize_field("iceServers", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ServerMessage {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "welcome",
            "snapshot",
            "event",
            "ack",
            "stored",
            "resumed",
            "reset",
            "heartbeat",
            "drain",
            "error",
            "permissions",
            "ice_servers",
            "iceServers",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Welcome,
            Snapshot,
            Event,
            Ack,
            Stored,
            Resumed,
            Reset,
            Heartbeat,
            Drain,
            Error,
            Permissions,
            IceServers,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "welcome" => Ok(GeneratedField::Welcome),
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            "event" => Ok(GeneratedField::Event),
                            "ack" => Ok(GeneratedField::Ack),
                            "stored" => Ok(GeneratedField::Stored),
                            "resumed" => Ok(GeneratedField::Resumed),
                            "reset" => Ok(GeneratedField::Reset),
                            "heartbeat" => Ok(GeneratedField::Heartbeat),
                            "drain" => Ok(GeneratedField::Drain),
                            "error" => Ok(GeneratedField::Error),
                            "permissions" => Ok(GeneratedField::Permissions),
                            "iceServers" | "ice_servers" => Ok(GeneratedField::IceServers),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ServerMessage;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ServerMessage")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ServerMessage, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Welcome => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("welcome"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Welcome)
;
                        }
                        GeneratedField::Snapshot => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Snapshot)
;
                        }
                        GeneratedField::Event => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Event)
;
                        }
                        GeneratedField::Ack => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ack"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Ack)
;
                        }
                        GeneratedField::Stored => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Stored)
;
                        }
                        GeneratedField::Resumed => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumed"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Resumed)
;
                        }
                        GeneratedField::Reset => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reset"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Reset)
;
                        }
                        GeneratedField::Heartbeat => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("heartbeat"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Heartbeat)
;
                        }
                        GeneratedField::Drain => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("drain"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Drain)
;
                        }
                        GeneratedField::Error => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("error"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Error)
;
                        }
                        GeneratedField::Permissions => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("permissions"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::Permissions)
;
                        }
                        GeneratedField::IceServers => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("iceServers"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(server_message::Kind::IceServers)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ServerMessage {
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ServerMessage", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.counter != 0 {
            len += 1;
        }
        if self.after != 0 {
            len += 1;
        }
        if !self.traceparent.is_empty() {
            len += 1;
        }
        if self.action.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionCommand", len)?;
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if self.after != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("after", ToString::to_string(&self.after).as_str())?;
        }
        if !self.traceparent.is_empty() {
            struct_ser.serialize_field("traceparent", &self.traceparent)?;
        }
        if let Some(v) = self.action.as_ref() {
            match v {
                session_command::Action::Leave(v) => {
                    struct_ser.serialize_field("leave", v)?;
                }
                session_command::Action::UpdateMetadata(v) => {
                    struct_ser.serialize_field("updateMetadata", v)?;
                }
                session_command::Action::StartShare(v) => {
                    struct_ser.serialize_field("startShare", v)?;
                }
                session_command::Action::StopShare(v) => {
                    struct_ser.serialize_field("stopShare", v)?;
                }
                session_command::Action::Signal(v) => {
                    struct_ser.serialize_field("signal", v)?;
                }
                session_command::Action::Message(v) => {
                    struct_ser.serialize_field("message", v)?;
                }
                session_command::Action::Renegotiate(v) => {
                    struct_ser.serialize_field("renegotiate", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "counter",
            "after",
            "traceparent",
            "leave",
            "update_metadata",
            "updateMetadata",
            "start_share",
            "startShare",
            "stop_share",
            "stopShare",
            "signal",
            "message",
            "renegotiate",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Counter,
            After,
            Traceparent,
            Leave,
            UpdateMetadata,
            StartShare,
            StopShare,
            Signal,
            Message,
            Renegotiate,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "counter" => Ok(GeneratedField::Counter),
                            "after" => Ok(GeneratedField::After),
                            "traceparent" => Ok(GeneratedField::Traceparent),
                            "leave" => Ok(GeneratedField::Leave),
                            "updateMetadata" | "update_metadata" => Ok(GeneratedField::UpdateMetadata),
                            "startShare" | "start_share" => Ok(GeneratedField::StartShare),
                            "stopShare" | "stop_share" => Ok(GeneratedField::StopShare),
                            "signal" => Ok(GeneratedField::Signal),
                            "message" => Ok(GeneratedField::Message),
                            "renegotiate" => Ok(GeneratedField::Renegotiate),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut counter__ = None;
                let mut after__ = None;
                let mut traceparent__ = None;
                let mut action__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::After => {
                            if after__.is_some() {
                                return Err(serde::de::Error::duplicate_field("after"));
                            }
                            after__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Traceparent => {
                            if traceparent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("traceparent"));
                            }
                            traceparent__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Leave => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("leave"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::Leave)
;
                        }
                        GeneratedField::UpdateMetadata => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMetadata"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::UpdateMetadata)
;
                        }
                        GeneratedField::StartShare => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startShare"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::StartShare)
;
                        }
                        GeneratedField::StopShare => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stopShare"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::StopShare)
;
                        }
                        GeneratedField::Signal => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signal"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::Signal)
;
                        }
                        GeneratedField::Message => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("message"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::Message)
;
                        }
                        GeneratedField::Renegotiate => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("renegotiate"));
                            }
                            action__ = map_.next_value::<::std::option::Option<_>>()?.map(session_command::Action::Renegotiate)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionCommand {
                    counter: counter__.unwrap_or_default(),
                    after: after__.unwrap_or_default(),
                    traceparent: traceparent__.unwrap_or_default(),
                    action: action__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionFact {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.time.is_some() {
            len += 1;
        }
        if self.kind != 0 {
            len += 1;
        }
        if !self.sentence.is_empty() {
            len += 1;
        }
        if !self.gateway_id.is_empty() {
            len += 1;
        }
        if !self.connection_id.is_empty() {
            len += 1;
        }
        if self.connection_end.is_some() {
            len += 1;
        }
        if self.expire_time.is_some() {
            len += 1;
        }
        if self.leave_reason != 0 {
            len += 1;
        }
        if !self.successor_session_id.is_empty() {
            len += 1;
        }
        if !self.removed_by.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionFact", len)?;
        if let Some(v) = self.time.as_ref() {
            struct_ser.serialize_field("time", v)?;
        }
        if self.kind != 0 {
            let v = SessionFactKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if !self.sentence.is_empty() {
            struct_ser.serialize_field("sentence", &self.sentence)?;
        }
        if !self.gateway_id.is_empty() {
            struct_ser.serialize_field("gatewayId", &self.gateway_id)?;
        }
        if !self.connection_id.is_empty() {
            struct_ser.serialize_field("connectionId", &self.connection_id)?;
        }
        if let Some(v) = self.connection_end.as_ref() {
            struct_ser.serialize_field("connectionEnd", v)?;
        }
        if let Some(v) = self.expire_time.as_ref() {
            struct_ser.serialize_field("expireTime", v)?;
        }
        if self.leave_reason != 0 {
            let v = LeaveReason::try_from(self.leave_reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.leave_reason)))?;
            struct_ser.serialize_field("leaveReason", &v)?;
        }
        if !self.successor_session_id.is_empty() {
            struct_ser.serialize_field("successorSessionId", &self.successor_session_id)?;
        }
        if !self.removed_by.is_empty() {
            struct_ser.serialize_field("removedBy", &self.removed_by)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionFact {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "time",
            "kind",
            "sentence",
            "gateway_id",
            "gatewayId",
            "connection_id",
            "connectionId",
            "connection_end",
            "connectionEnd",
            "expire_time",
            "expireTime",
            "leave_reason",
            "leaveReason",
            "successor_session_id",
            "successorSessionId",
            "removed_by",
            "removedBy",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Time,
            Kind,
            Sentence,
            GatewayId,
            ConnectionId,
            ConnectionEnd,
            ExpireTime,
            LeaveReason,
            SuccessorSessionId,
            RemovedBy,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "time" => Ok(GeneratedField::Time),
                            "kind" => Ok(GeneratedField::Kind),
                            "sentence" => Ok(GeneratedField::Sentence),
                            "gatewayId" | "gateway_id" => Ok(GeneratedField::GatewayId),
                            "connectionId" | "connection_id" => Ok(GeneratedField::ConnectionId),
                            "connectionEnd" | "connection_end" => Ok(GeneratedField::ConnectionEnd),
                            "expireTime" | "expire_time" => Ok(GeneratedField::ExpireTime),
                            "leaveReason" | "leave_reason" => Ok(GeneratedField::LeaveReason),
                            "successorSessionId" | "successor_session_id" => Ok(GeneratedField::SuccessorSessionId),
                            "removedBy" | "removed_by" => Ok(GeneratedField::RemovedBy),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionFact;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionFact")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionFact, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut time__ = None;
                let mut kind__ = None;
                let mut sentence__ = None;
                let mut gateway_id__ = None;
                let mut connection_id__ = None;
                let mut connection_end__ = None;
                let mut expire_time__ = None;
                let mut leave_reason__ = None;
                let mut successor_session_id__ = None;
                let mut removed_by__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Time => {
                            if time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("time"));
                            }
                            time__ = map_.next_value()?;
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<SessionFactKind>()? as i32);
                        }
                        GeneratedField::Sentence => {
                            if sentence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sentence"));
                            }
                            sentence__ = Some(map_.next_value()?);
                        }
                        GeneratedField::GatewayId => {
                            if gateway_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gatewayId"));
                            }
                            gateway_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConnectionId => {
                            if connection_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionId"));
                            }
                            connection_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConnectionEnd => {
                            if connection_end__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionEnd"));
                            }
                            connection_end__ = map_.next_value()?;
                        }
                        GeneratedField::ExpireTime => {
                            if expire_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expireTime"));
                            }
                            expire_time__ = map_.next_value()?;
                        }
                        GeneratedField::LeaveReason => {
                            if leave_reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("leaveReason"));
                            }
                            leave_reason__ = Some(map_.next_value::<LeaveReason>()? as i32);
                        }
                        GeneratedField::SuccessorSessionId => {
                            if successor_session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("successorSessionId"));
                            }
                            successor_session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RemovedBy => {
                            if removed_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("removedBy"));
                            }
                            removed_by__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionFact {
                    time: time__,
                    kind: kind__.unwrap_or_default(),
                    sentence: sentence__.unwrap_or_default(),
                    gateway_id: gateway_id__.unwrap_or_default(),
                    connection_id: connection_id__.unwrap_or_default(),
                    connection_end: connection_end__,
                    expire_time: expire_time__,
                    leave_reason: leave_reason__.unwrap_or_default(),
                    successor_session_id: successor_session_id__.unwrap_or_default(),
                    removed_by: removed_by__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionFact", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionFactKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SESSION_FACT_KIND_UNSPECIFIED",
            Self::Joined => "SESSION_FACT_KIND_JOINED",
            Self::ConnectionEnded => "SESSION_FACT_KIND_CONNECTION_ENDED",
            Self::GatewayLost => "SESSION_FACT_KIND_GATEWAY_LOST",
            Self::Resumed => "SESSION_FACT_KIND_RESUMED",
            Self::Returned => "SESSION_FACT_KIND_RETURNED",
            Self::ShareStarted => "SESSION_FACT_KIND_SHARE_STARTED",
            Self::ShareEnded => "SESSION_FACT_KIND_SHARE_ENDED",
            Self::Commanded => "SESSION_FACT_KIND_COMMANDED",
            Self::Left => "SESSION_FACT_KIND_LEFT",
            Self::Removed => "SESSION_FACT_KIND_REMOVED",
            Self::Allowed => "SESSION_FACT_KIND_ALLOWED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SessionFactKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SESSION_FACT_KIND_UNSPECIFIED",
            "SESSION_FACT_KIND_JOINED",
            "SESSION_FACT_KIND_CONNECTION_ENDED",
            "SESSION_FACT_KIND_GATEWAY_LOST",
            "SESSION_FACT_KIND_RESUMED",
            "SESSION_FACT_KIND_RETURNED",
            "SESSION_FACT_KIND_SHARE_STARTED",
            "SESSION_FACT_KIND_SHARE_ENDED",
            "SESSION_FACT_KIND_COMMANDED",
            "SESSION_FACT_KIND_LEFT",
            "SESSION_FACT_KIND_REMOVED",
            "SESSION_FACT_KIND_ALLOWED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SessionFactKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SESSION_FACT_KIND_UNSPECIFIED" => Ok(SessionFactKind::Unspecified),
                    "SESSION_FACT_KIND_JOINED" => Ok(SessionFactKind::Joined),
                    "SESSION_FACT_KIND_CONNECTION_ENDED" => Ok(SessionFactKind::ConnectionEnded),
                    "SESSION_FACT_KIND_GATEWAY_LOST" => Ok(SessionFactKind::GatewayLost),
                    "SESSION_FACT_KIND_RESUMED" => Ok(SessionFactKind::Resumed),
                    "SESSION_FACT_KIND_RETURNED" => Ok(SessionFactKind::Returned),
                    "SESSION_FACT_KIND_SHARE_STARTED" => Ok(SessionFactKind::ShareStarted),
                    "SESSION_FACT_KIND_SHARE_ENDED" => Ok(SessionFactKind::ShareEnded),
                    "SESSION_FACT_KIND_COMMANDED" => Ok(SessionFactKind::Commanded),
                    "SESSION_FACT_KIND_LEFT" => Ok(SessionFactKind::Left),
                    "SESSION_FACT_KIND_REMOVED" => Ok(SessionFactKind::Removed),
                    "SESSION_FACT_KIND_ALLOWED" => Ok(SessionFactKind::Allowed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for SessionNoted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.connection_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionNoted", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.connection_id.is_empty() {
            struct_ser.serialize_field("connectionId", &self.connection_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionNoted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "connection_id",
            "connectionId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            ConnectionId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "connectionId" | "connection_id" => Ok(GeneratedField::ConnectionId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionNoted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionNoted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionNoted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut connection_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConnectionId => {
                            if connection_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionId"));
                            }
                            connection_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionNoted {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    connection_id: connection_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionNoted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionRefused {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.connection_id.is_empty() {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionRefused", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.connection_id.is_empty() {
            struct_ser.serialize_field("connectionId", &self.connection_id)?;
        }
        if self.reason != 0 {
            let v = ErrorReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionRefused {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "connection_id",
            "connectionId",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            ConnectionId,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "connectionId" | "connection_id" => Ok(GeneratedField::ConnectionId),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionRefused;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionRefused")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionRefused, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut connection_id__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConnectionId => {
                            if connection_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connectionId"));
                            }
                            connection_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ErrorReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionRefused {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    connection_id: connection_id__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionRefused", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionResumed {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if self.last != 0 {
            len += 1;
        }
        if !self.refused.is_empty() {
            len += 1;
        }
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        if self.stored.is_some() {
            len += 1;
        }
        if self.piece_end.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionResumed", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if self.last != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last", ToString::to_string(&self.last).as_str())?;
        }
        if !self.refused.is_empty() {
            struct_ser.serialize_field("refused", &self.refused)?;
        }
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        if let Some(v) = self.stored.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("stored", ToString::to_string(&v).as_str())?;
        }
        if let Some(v) = self.piece_end.as_ref() {
            struct_ser.serialize_field("pieceEnd", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionResumed {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "session_id",
            "sessionId",
            "generation",
            "last",
            "refused",
            "resume_token",
            "resumeToken",
            "position",
            "stored",
            "piece_end",
            "pieceEnd",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            SessionId,
            Generation,
            Last,
            Refused,
            ResumeToken,
            Position,
            Stored,
            PieceEnd,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "generation" => Ok(GeneratedField::Generation),
                            "last" => Ok(GeneratedField::Last),
                            "refused" => Ok(GeneratedField::Refused),
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "position" => Ok(GeneratedField::Position),
                            "stored" => Ok(GeneratedField::Stored),
                            "pieceEnd" | "piece_end" => Ok(GeneratedField::PieceEnd),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionResumed;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionResumed")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionResumed, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut session_id__ = None;
                let mut generation__ = None;
                let mut last__ = None;
                let mut refused__ = None;
                let mut resume_token__ = None;
                let mut position__ = None;
                let mut stored__ = None;
                let mut piece_end__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Last => {
                            if last__.is_some() {
                                return Err(serde::de::Error::duplicate_field("last"));
                            }
                            last__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Refused => {
                            if refused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            refused__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::PieceEnd => {
                            if piece_end__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pieceEnd"));
                            }
                            piece_end__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionResumed {
                    room_id: room_id__.unwrap_or_default(),
                    session_id: session_id__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    last: last__.unwrap_or_default(),
                    refused: refused__.unwrap_or_default(),
                    resume_token: resume_token__.unwrap_or_default(),
                    position: position__,
                    stored: stored__,
                    piece_end: piece_end__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionResumed", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionStanding {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.standing != 0 {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        if self.last != 0 {
            len += 1;
        }
        if !self.refused.is_empty() {
            len += 1;
        }
        if self.stored.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SessionStanding", len)?;
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if self.standing != 0 {
            let v = Standing::try_from(self.standing)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.standing)))?;
            struct_ser.serialize_field("standing", &v)?;
        }
        if self.reason != 0 {
            let v = LeaveReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        if self.last != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last", ToString::to_string(&self.last).as_str())?;
        }
        if !self.refused.is_empty() {
            struct_ser.serialize_field("refused", &self.refused)?;
        }
        if let Some(v) = self.stored.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("stored", ToString::to_string(&v).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SessionStanding {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "session_id",
            "sessionId",
            "standing",
            "reason",
            "last",
            "refused",
            "stored",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SessionId,
            Standing,
            Reason,
            Last,
            Refused,
            Stored,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "standing" => Ok(GeneratedField::Standing),
                            "reason" => Ok(GeneratedField::Reason),
                            "last" => Ok(GeneratedField::Last),
                            "refused" => Ok(GeneratedField::Refused),
                            "stored" => Ok(GeneratedField::Stored),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SessionStanding;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SessionStanding")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SessionStanding, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut session_id__ = None;
                let mut standing__ = None;
                let mut reason__ = None;
                let mut last__ = None;
                let mut refused__ = None;
                let mut stored__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Standing => {
                            if standing__.is_some() {
                                return Err(serde::de::Error::duplicate_field("standing"));
                            }
                            standing__ = Some(map_.next_value::<Standing>()? as i32);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<LeaveReason>()? as i32);
                        }
                        GeneratedField::Last => {
                            if last__.is_some() {
                                return Err(serde::de::Error::duplicate_field("last"));
                            }
                            last__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Refused => {
                            if refused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("refused"));
                            }
                            refused__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Stored => {
                            if stored__.is_some() {
                                return Err(serde::de::Error::duplicate_field("stored"));
                            }
                            stored__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SessionStanding {
                    session_id: session_id__.unwrap_or_default(),
                    standing: standing__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    last: last__.unwrap_or_default(),
                    refused: refused__.unwrap_or_default(),
                    stored: stored__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SessionStanding", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SessionState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SESSION_STATE_UNSPECIFIED",
            Self::Joined => "SESSION_STATE_JOINED",
            Self::Reconnecting => "SESSION_STATE_RECONNECTING",
            Self::Ended => "SESSION_STATE_ENDED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SessionState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SESSION_STATE_UNSPECIFIED",
            "SESSION_STATE_JOINED",
            "SESSION_STATE_RECONNECTING",
            "SESSION_STATE_ENDED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SessionState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SESSION_STATE_UNSPECIFIED" => Ok(SessionState::Unspecified),
                    "SESSION_STATE_JOINED" => Ok(SessionState::Joined),
                    "SESSION_STATE_RECONNECTING" => Ok(SessionState::Reconnecting),
                    "SESSION_STATE_ENDED" => Ok(SessionState::Ended),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Share {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.share_id.is_empty() {
            len += 1;
        }
        if self.audio {
            len += 1;
        }
        if self.start_time.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Share", len)?;
        if !self.share_id.is_empty() {
            struct_ser.serialize_field("shareId", &self.share_id)?;
        }
        if self.audio {
            struct_ser.serialize_field("audio", &self.audio)?;
        }
        if let Some(v) = self.start_time.as_ref() {
            struct_ser.serialize_field("startTime", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Share {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "share_id",
            "shareId",
            "audio",
            "start_time",
            "startTime",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ShareId,
            Audio,
            StartTime,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "shareId" | "share_id" => Ok(GeneratedField::ShareId),
                            "audio" => Ok(GeneratedField::Audio),
                            "startTime" | "start_time" => Ok(GeneratedField::StartTime),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Share;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Share")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Share, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut share_id__ = None;
                let mut audio__ = None;
                let mut start_time__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ShareId => {
                            if share_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("shareId"));
                            }
                            share_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Audio => {
                            if audio__.is_some() {
                                return Err(serde::de::Error::duplicate_field("audio"));
                            }
                            audio__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StartTime => {
                            if start_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startTime"));
                            }
                            start_time__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Share {
                    share_id: share_id__.unwrap_or_default(),
                    audio: audio__.unwrap_or_default(),
                    start_time: start_time__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Share", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ShareEndReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SHARE_END_REASON_UNSPECIFIED",
            Self::Stopped => "SHARE_END_REASON_STOPPED",
            Self::Replaced => "SHARE_END_REASON_REPLACED",
            Self::Left => "SHARE_END_REASON_LEFT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ShareEndReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SHARE_END_REASON_UNSPECIFIED",
            "SHARE_END_REASON_STOPPED",
            "SHARE_END_REASON_REPLACED",
            "SHARE_END_REASON_LEFT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ShareEndReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SHARE_END_REASON_UNSPECIFIED" => Ok(ShareEndReason::Unspecified),
                    "SHARE_END_REASON_STOPPED" => Ok(ShareEndReason::Stopped),
                    "SHARE_END_REASON_REPLACED" => Ok(ShareEndReason::Replaced),
                    "SHARE_END_REASON_LEFT" => Ok(ShareEndReason::Left),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ShareEnded {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if !self.share_id.is_empty() {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ShareEnded", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if !self.share_id.is_empty() {
            struct_ser.serialize_field("shareId", &self.share_id)?;
        }
        if self.reason != 0 {
            let v = ShareEndReason::try_from(self.reason)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.reason)))?;
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ShareEnded {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "share_id",
            "shareId",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            ShareId,
            Reason,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "shareId" | "share_id" => Ok(GeneratedField::ShareId),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ShareEnded;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ShareEnded")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ShareEnded, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut share_id__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ShareId => {
                            if share_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("shareId"));
                            }
                            share_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<ShareEndReason>()? as i32);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ShareEnded {
                    participant_id: participant_id__.unwrap_or_default(),
                    share_id: share_id__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ShareEnded", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SharePolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SHARE_POLICY_UNSPECIFIED",
            Self::Single => "SHARE_POLICY_SINGLE",
            Self::Multiple => "SHARE_POLICY_MULTIPLE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SharePolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SHARE_POLICY_UNSPECIFIED",
            "SHARE_POLICY_SINGLE",
            "SHARE_POLICY_MULTIPLE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SharePolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SHARE_POLICY_UNSPECIFIED" => Ok(SharePolicy::Unspecified),
                    "SHARE_POLICY_SINGLE" => Ok(SharePolicy::Single),
                    "SHARE_POLICY_MULTIPLE" => Ok(SharePolicy::Multiple),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ShareStarted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if self.share.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.ShareStarted", len)?;
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if let Some(v) = self.share.as_ref() {
            struct_ser.serialize_field("share", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ShareStarted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant_id",
            "participantId",
            "share",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ParticipantId,
            Share,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "share" => Ok(GeneratedField::Share),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ShareStarted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.ShareStarted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ShareStarted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant_id__ = None;
                let mut share__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Share => {
                            if share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("share"));
                            }
                            share__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ShareStarted {
                    participant_id: participant_id__.unwrap_or_default(),
                    share: share__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.ShareStarted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Signal {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.to.is_empty() {
            len += 1;
        }
        if self.kind != 0 {
            len += 1;
        }
        if !self.payload.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Signal", len)?;
        if !self.to.is_empty() {
            struct_ser.serialize_field("to", &self.to)?;
        }
        if self.kind != 0 {
            let v = SignalKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if !self.payload.is_empty() {
            struct_ser.serialize_field("payload", &self.payload)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Signal {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "to",
            "kind",
            "payload",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            To,
            Kind,
            Payload,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "to" => Ok(GeneratedField::To),
                            "kind" => Ok(GeneratedField::Kind),
                            "payload" => Ok(GeneratedField::Payload),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Signal;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Signal")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Signal, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut to__ = None;
                let mut kind__ = None;
                let mut payload__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::To => {
                            if to__.is_some() {
                                return Err(serde::de::Error::duplicate_field("to"));
                            }
                            to__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<SignalKind>()? as i32);
                        }
                        GeneratedField::Payload => {
                            if payload__.is_some() {
                                return Err(serde::de::Error::duplicate_field("payload"));
                            }
                            payload__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Signal {
                    to: to__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    payload: payload__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Signal", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SignalKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SIGNAL_KIND_UNSPECIFIED",
            Self::Offer => "SIGNAL_KIND_OFFER",
            Self::Answer => "SIGNAL_KIND_ANSWER",
            Self::Candidate => "SIGNAL_KIND_CANDIDATE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SignalKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SIGNAL_KIND_UNSPECIFIED",
            "SIGNAL_KIND_OFFER",
            "SIGNAL_KIND_ANSWER",
            "SIGNAL_KIND_CANDIDATE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SignalKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SIGNAL_KIND_UNSPECIFIED" => Ok(SignalKind::Unspecified),
                    "SIGNAL_KIND_OFFER" => Ok(SignalKind::Offer),
                    "SIGNAL_KIND_ANSWER" => Ok(SignalKind::Answer),
                    "SIGNAL_KIND_CANDIDATE" => Ok(SignalKind::Candidate),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for SignalReceived {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind != 0 {
            len += 1;
        }
        if !self.payload.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.SignalReceived", len)?;
        if self.kind != 0 {
            let v = SignalKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if !self.payload.is_empty() {
            struct_ser.serialize_field("payload", &self.payload)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SignalReceived {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kind",
            "payload",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kind,
            Payload,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kind" => Ok(GeneratedField::Kind),
                            "payload" => Ok(GeneratedField::Payload),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SignalReceived;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SignalReceived")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SignalReceived, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                let mut payload__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<SignalKind>()? as i32);
                        }
                        GeneratedField::Payload => {
                            if payload__.is_some() {
                                return Err(serde::de::Error::duplicate_field("payload"));
                            }
                            payload__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(SignalReceived {
                    kind: kind__.unwrap_or_default(),
                    payload: payload__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SignalReceived", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Snapshot {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.room.is_some() {
            len += 1;
        }
        if !self.participants.is_empty() {
            len += 1;
        }
        if self.more {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Snapshot", len)?;
        if let Some(v) = self.room.as_ref() {
            struct_ser.serialize_field("room", v)?;
        }
        if !self.participants.is_empty() {
            struct_ser.serialize_field("participants", &self.participants)?;
        }
        if self.more {
            struct_ser.serialize_field("more", &self.more)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Snapshot {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room",
            "participants",
            "more",
            "position",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Room,
            Participants,
            More,
            Position,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "room" => Ok(GeneratedField::Room),
                            "participants" => Ok(GeneratedField::Participants),
                            "more" => Ok(GeneratedField::More),
                            "position" => Ok(GeneratedField::Position),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Snapshot;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Snapshot")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Snapshot, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room__ = None;
                let mut participants__ = None;
                let mut more__ = None;
                let mut position__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Room => {
                            if room__.is_some() {
                                return Err(serde::de::Error::duplicate_field("room"));
                            }
                            room__ = map_.next_value()?;
                        }
                        GeneratedField::Participants => {
                            if participants__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participants"));
                            }
                            participants__ = Some(map_.next_value()?);
                        }
                        GeneratedField::More => {
                            if more__.is_some() {
                                return Err(serde::de::Error::duplicate_field("more"));
                            }
                            more__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Snapshot {
                    room: room__,
                    participants: participants__.unwrap_or_default(),
                    more: more__.unwrap_or_default(),
                    position: position__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Snapshot", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SnapshotEnd {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.SnapshotEnd", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SnapshotEnd {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SnapshotEnd;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.SnapshotEnd")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SnapshotEnd, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(SnapshotEnd {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.SnapshotEnd", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Standing {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "STANDING_UNSPECIFIED",
            Self::Current => "STANDING_CURRENT",
            Self::Superseded => "STANDING_SUPERSEDED",
            Self::Behind => "STANDING_BEHIND",
            Self::Ended => "STANDING_ENDED",
            Self::Unknown => "STANDING_UNKNOWN",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Standing {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "STANDING_UNSPECIFIED",
            "STANDING_CURRENT",
            "STANDING_SUPERSEDED",
            "STANDING_BEHIND",
            "STANDING_ENDED",
            "STANDING_UNKNOWN",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Standing;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "STANDING_UNSPECIFIED" => Ok(Standing::Unspecified),
                    "STANDING_CURRENT" => Ok(Standing::Current),
                    "STANDING_SUPERSEDED" => Ok(Standing::Superseded),
                    "STANDING_BEHIND" => Ok(Standing::Behind),
                    "STANDING_ENDED" => Ok(Standing::Ended),
                    "STANDING_UNKNOWN" => Ok(Standing::Unknown),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for StartShare {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.share_id.is_empty() {
            len += 1;
        }
        if self.audio {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.StartShare", len)?;
        if !self.share_id.is_empty() {
            struct_ser.serialize_field("shareId", &self.share_id)?;
        }
        if self.audio {
            struct_ser.serialize_field("audio", &self.audio)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StartShare {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "share_id",
            "shareId",
            "audio",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ShareId,
            Audio,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "shareId" | "share_id" => Ok(GeneratedField::ShareId),
                            "audio" => Ok(GeneratedField::Audio),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StartShare;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.StartShare")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StartShare, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut share_id__ = None;
                let mut audio__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ShareId => {
                            if share_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("shareId"));
                            }
                            share_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Audio => {
                            if audio__.is_some() {
                                return Err(serde::de::Error::duplicate_field("audio"));
                            }
                            audio__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(StartShare {
                    share_id: share_id__.unwrap_or_default(),
                    audio: audio__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.StartShare", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StopShare {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.StopShare", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StopShare {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StopShare;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.StopShare")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StopShare, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(StopShare {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.StopShare", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Stored {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.counter != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Stored", len)?;
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Stored {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "counter",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Counter,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "counter" => Ok(GeneratedField::Counter),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Stored;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Stored")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Stored, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut counter__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Stored {
                    counter: counter__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Stored", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateMetadata {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.metadata.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.UpdateMetadata", len)?;
        if !self.metadata.is_empty() {
            struct_ser.serialize_field("metadata", &self.metadata)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateMetadata {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "metadata",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Metadata,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "metadata" => Ok(GeneratedField::Metadata),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateMetadata;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.UpdateMetadata")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateMetadata, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut metadata__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Metadata => {
                            if metadata__.is_some() {
                                return Err(serde::de::Error::duplicate_field("metadata"));
                            }
                            metadata__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(UpdateMetadata {
                    metadata: metadata__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.UpdateMetadata", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateParticipantRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.participant.is_some() {
            len += 1;
        }
        if self.update_mask.is_some() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.UpdateParticipantRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.participant.as_ref() {
            struct_ser.serialize_field("participant", v)?;
        }
        if let Some(v) = self.update_mask.as_ref() {
            struct_ser.serialize_field("updateMask", v)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateParticipantRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "participant",
            "update_mask",
            "updateMask",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Participant,
            UpdateMask,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participant" => Ok(GeneratedField::Participant),
                            "updateMask" | "update_mask" => Ok(GeneratedField::UpdateMask),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateParticipantRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.UpdateParticipantRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateParticipantRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut participant__ = None;
                let mut update_mask__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Participant => {
                            if participant__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participant"));
                            }
                            participant__ = map_.next_value()?;
                        }
                        GeneratedField::UpdateMask => {
                            if update_mask__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMask"));
                            }
                            update_mask__ = map_.next_value()?;
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(UpdateParticipantRequest {
                    room_id: room_id__.unwrap_or_default(),
                    participant: participant__,
                    update_mask: update_mask__,
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.UpdateParticipantRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateParticipantResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.participant.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.UpdateParticipantResponse", len)?;
        if let Some(v) = self.participant.as_ref() {
            struct_ser.serialize_field("participant", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateParticipantResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "participant",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Participant,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "participant" => Ok(GeneratedField::Participant),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateParticipantResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.UpdateParticipantResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateParticipantResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut participant__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Participant => {
                            if participant__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participant"));
                            }
                            participant__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(UpdateParticipantResponse {
                    participant: participant__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.UpdateParticipantResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateRoomRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.room.is_some() {
            len += 1;
        }
        if self.update_mask.is_some() {
            len += 1;
        }
        if !self.request_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.UpdateRoomRequest", len)?;
        if let Some(v) = self.room.as_ref() {
            struct_ser.serialize_field("room", v)?;
        }
        if let Some(v) = self.update_mask.as_ref() {
            struct_ser.serialize_field("updateMask", v)?;
        }
        if !self.request_id.is_empty() {
            struct_ser.serialize_field("requestId", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateRoomRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room",
            "update_mask",
            "updateMask",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Room,
            UpdateMask,
            RequestId,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "room" => Ok(GeneratedField::Room),
                            "updateMask" | "update_mask" => Ok(GeneratedField::UpdateMask),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateRoomRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.UpdateRoomRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateRoomRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room__ = None;
                let mut update_mask__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Room => {
                            if room__.is_some() {
                                return Err(serde::de::Error::duplicate_field("room"));
                            }
                            room__ = map_.next_value()?;
                        }
                        GeneratedField::UpdateMask => {
                            if update_mask__.is_some() {
                                return Err(serde::de::Error::duplicate_field("updateMask"));
                            }
                            update_mask__ = map_.next_value()?;
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(UpdateRoomRequest {
                    room: room__,
                    update_mask: update_mask__,
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.UpdateRoomRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpdateRoomResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.room.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.UpdateRoomResponse", len)?;
        if let Some(v) = self.room.as_ref() {
            struct_ser.serialize_field("room", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UpdateRoomResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Room,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "room" => Ok(GeneratedField::Room),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UpdateRoomResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.UpdateRoomResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UpdateRoomResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Room => {
                            if room__.is_some() {
                                return Err(serde::de::Error::duplicate_field("room"));
                            }
                            room__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(UpdateRoomResponse {
                    room: room__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.UpdateRoomResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WatchRoomRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_id.is_empty() {
            len += 1;
        }
        if self.position.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.WatchRoomRequest", len)?;
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if let Some(v) = self.position.as_ref() {
            struct_ser.serialize_field("position", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchRoomRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_id",
            "roomId",
            "position",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomId,
            Position,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "position" => Ok(GeneratedField::Position),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchRoomRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WatchRoomRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchRoomRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_id__ = None;
                let mut position__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Position => {
                            if position__.is_some() {
                                return Err(serde::de::Error::duplicate_field("position"));
                            }
                            position__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(WatchRoomRequest {
                    room_id: room_id__.unwrap_or_default(),
                    position: position__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WatchRoomRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WatchRoomResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.response.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.WatchRoomResponse", len)?;
        if let Some(v) = self.response.as_ref() {
            match v {
                watch_room_response::Response::Snapshot(v) => {
                    struct_ser.serialize_field("snapshot", v)?;
                }
                watch_room_response::Response::Event(v) => {
                    struct_ser.serialize_field("event", v)?;
                }
                watch_room_response::Response::Reset(v) => {
                    struct_ser.serialize_field("reset", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchRoomResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "snapshot",
            "event",
            "reset",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Snapshot,
            Event,
            Reset,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            "event" => Ok(GeneratedField::Event),
                            "reset" => Ok(GeneratedField::Reset),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchRoomResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WatchRoomResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchRoomResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut response__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Snapshot => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_room_response::Response::Snapshot)
;
                        }
                        GeneratedField::Event => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_room_response::Response::Event)
;
                        }
                        GeneratedField::Reset => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reset"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_room_response::Response::Reset)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(WatchRoomResponse {
                    response: response__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WatchRoomResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WatchRoomsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.WatchRoomsRequest", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchRoomsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchRoomsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WatchRoomsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchRoomsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(WatchRoomsRequest {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WatchRoomsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WatchRoomsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.response.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.WatchRoomsResponse", len)?;
        if let Some(v) = self.response.as_ref() {
            match v {
                watch_rooms_response::Response::Snapshot(v) => {
                    struct_ser.serialize_field("snapshot", v)?;
                }
                watch_rooms_response::Response::SnapshotEnd(v) => {
                    struct_ser.serialize_field("snapshotEnd", v)?;
                }
                watch_rooms_response::Response::RoomChanged(v) => {
                    struct_ser.serialize_field("roomChanged", v)?;
                }
                watch_rooms_response::Response::RoomClosed(v) => {
                    struct_ser.serialize_field("roomClosed", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchRoomsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "snapshot",
            "snapshot_end",
            "snapshotEnd",
            "room_changed",
            "roomChanged",
            "room_closed",
            "roomClosed",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Snapshot,
            SnapshotEnd,
            RoomChanged,
            RoomClosed,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "snapshot" => Ok(GeneratedField::Snapshot),
                            "snapshotEnd" | "snapshot_end" => Ok(GeneratedField::SnapshotEnd),
                            "roomChanged" | "room_changed" => Ok(GeneratedField::RoomChanged),
                            "roomClosed" | "room_closed" => Ok(GeneratedField::RoomClosed),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchRoomsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WatchRoomsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchRoomsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut response__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Snapshot => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshot"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_rooms_response::Response::Snapshot)
;
                        }
                        GeneratedField::SnapshotEnd => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("snapshotEnd"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_rooms_response::Response::SnapshotEnd)
;
                        }
                        GeneratedField::RoomChanged => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomChanged"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_rooms_response::Response::RoomChanged)
;
                        }
                        GeneratedField::RoomClosed => {
                            if response__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomClosed"));
                            }
                            response__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_rooms_response::Response::RoomClosed);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(WatchRoomsResponse {
                    response: response__,
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WatchRoomsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Welcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.session_id.is_empty() {
            len += 1;
        }
        if !self.resume_token.is_empty() {
            len += 1;
        }
        if self.generation != 0 {
            len += 1;
        }
        if self.heartbeat_interval.is_some() {
            len += 1;
        }
        if self.resume_window.is_some() {
            len += 1;
        }
        if !self.ice_servers.is_empty() {
            len += 1;
        }
        if !self.gateway_id.is_empty() {
            len += 1;
        }
        if !self.room_id.is_empty() {
            len += 1;
        }
        if !self.participant_id.is_empty() {
            len += 1;
        }
        if self.degraded {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.Welcome", len)?;
        if !self.session_id.is_empty() {
            struct_ser.serialize_field("sessionId", &self.session_id)?;
        }
        if !self.resume_token.is_empty() {
            struct_ser.serialize_field("resumeToken", &self.resume_token)?;
        }
        if self.generation != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("generation", ToString::to_string(&self.generation).as_str())?;
        }
        if let Some(v) = self.heartbeat_interval.as_ref() {
            struct_ser.serialize_field("heartbeatInterval", v)?;
        }
        if let Some(v) = self.resume_window.as_ref() {
            struct_ser.serialize_field("resumeWindow", v)?;
        }
        if !self.ice_servers.is_empty() {
            struct_ser.serialize_field("iceServers", &self.ice_servers)?;
        }
        if !self.gateway_id.is_empty() {
            struct_ser.serialize_field("gatewayId", &self.gateway_id)?;
        }
        if !self.room_id.is_empty() {
            struct_ser.serialize_field("roomId", &self.room_id)?;
        }
        if !self.participant_id.is_empty() {
            struct_ser.serialize_field("participantId", &self.participant_id)?;
        }
        if self.degraded {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Welcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "session_id",
            "sessionId",
            "resume_token",
            "resumeToken",
            "generation",
            "heartbeat_interval",
            "heartbeatInterval",
            "resume_window",
            "resumeWindow",
            "ice_servers",
            "iceServers",
            "gateway_id",
            "gatewayId",
            "room_id",
            "roomId",
            "participant_id",
            "participantId",
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SessionId,
            ResumeToken,
            Generation,
            HeartbeatInterval,
            ResumeWindow,
            IceServers,
            GatewayId,
            RoomId,
            ParticipantId,
            Degraded,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "resumeToken" | "resume_token" => Ok(GeneratedField::ResumeToken),
                            "generation" => Ok(GeneratedField::Generation),
                            "heartbeatInterval" | "heartbeat_interval" => Ok(GeneratedField::HeartbeatInterval),
                            "resumeWindow" | "resume_window" => Ok(GeneratedField::ResumeWindow),
                            "iceServers" | "ice_servers" => Ok(GeneratedField::IceServers),
                            "gatewayId" | "gateway_id" => Ok(GeneratedField::GatewayId),
                            "roomId" | "room_id" => Ok(GeneratedField::RoomId),
                            "participantId" | "participant_id" => Ok(GeneratedField::ParticipantId),
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Welcome;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.Welcome")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Welcome, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut session_id__ = None;
                let mut resume_token__ = None;
                let mut generation__ = None;
                let mut heartbeat_interval__ = None;
                let mut resume_window__ = None;
                let mut ice_servers__ = None;
                let mut gateway_id__ = None;
                let mut room_id__ = None;
                let mut participant_id__ = None;
                let mut degraded__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ResumeToken => {
                            if resume_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeToken"));
                            }
                            resume_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Generation => {
                            if generation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("generation"));
                            }
                            generation__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::HeartbeatInterval => {
                            if heartbeat_interval__.is_some() {
                                return Err(serde::de::Error::duplicate_field("heartbeatInterval"));
                            }
                            heartbeat_interval__ = map_.next_value()?;
                        }
                        GeneratedField::ResumeWindow => {
                            if resume_window__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resumeWindow"));
                            }
                            resume_window__ = map_.next_value()?;
                        }
                        GeneratedField::IceServers => {
                            if ice_servers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("iceServers"));
                            }
                            ice_servers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::GatewayId => {
                            if gateway_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gatewayId"));
                            }
                            gateway_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RoomId => {
                            if room_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomId"));
                            }
                            room_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ParticipantId => {
                            if participant_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("participantId"));
                            }
                            participant_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Welcome {
                    session_id: session_id__.unwrap_or_default(),
                    resume_token: resume_token__.unwrap_or_default(),
                    generation: generation__.unwrap_or_default(),
                    heartbeat_interval: heartbeat_interval__,
                    resume_window: resume_window__,
                    ice_servers: ice_servers__.unwrap_or_default(),
                    gateway_id: gateway_id__.unwrap_or_default(),
                    room_id: room_id__.unwrap_or_default(),
                    participant_id: participant_id__.unwrap_or_default(),
                    degraded: degraded__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.Welcome", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WhereRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("switchboard.v1.WhereRequest", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WhereRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WhereRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WhereRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WhereRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(WhereRequest {
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WhereRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WhereResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.room_service_id.is_empty() {
            len += 1;
        }
        if self.partitions != 0 {
            len += 1;
        }
        if !self.hash.is_empty() {
            len += 1;
        }
        if self.store_time.is_some() {
            len += 1;
        }
        if self.degraded {
            len += 1;
        }
        if self.draining {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("switchboard.v1.WhereResponse", len)?;
        if !self.room_service_id.is_empty() {
            struct_ser.serialize_field("roomServiceId", &self.room_service_id)?;
        }
        if self.partitions != 0 {
            struct_ser.serialize_field("partitions", &self.partitions)?;
        }
        if !self.hash.is_empty() {
            struct_ser.serialize_field("hash", &self.hash)?;
        }
        if let Some(v) = self.store_time.as_ref() {
            struct_ser.serialize_field("storeTime", v)?;
        }
        if self.degraded {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        if self.draining {
            struct_ser.serialize_field("draining", &self.draining)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WhereResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "room_service_id",
            "roomServiceId",
            "partitions",
            "hash",
            "store_time",
            "storeTime",
            "degraded",
            "draining",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RoomServiceId,
            Partitions,
            Hash,
            StoreTime,
            Degraded,
            Draining,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "roomServiceId" | "room_service_id" => Ok(GeneratedField::RoomServiceId),
                            "partitions" => Ok(GeneratedField::Partitions),
                            "hash" => Ok(GeneratedField::Hash),
                            "storeTime" | "store_time" => Ok(GeneratedField::StoreTime),
                            "degraded" => Ok(GeneratedField::Degraded),
                            "draining" => Ok(GeneratedField::Draining),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WhereResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct switchboard.v1.WhereResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WhereResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut room_service_id__ = None;
                let mut partitions__ = None;
                let mut hash__ = None;
                let mut store_time__ = None;
                let mut degraded__ = None;
                let mut draining__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RoomServiceId => {
                            if room_service_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("roomServiceId"));
                            }
                            room_service_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Partitions => {
                            if partitions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("partitions"));
                            }
                            partitions__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Hash => {
                            if hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hash"));
                            }
                            hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StoreTime => {
                            if store_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storeTime"));
                            }
                            store_time__ = map_.next_value()?;
                        }
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Draining => {
                            if draining__.is_some() {
                                return Err(serde::de::Error::duplicate_field("draining"));
                            }
                            draining__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(WhereResponse {
                    room_service_id: room_service_id__.unwrap_or_default(),
                    partitions: partitions__.unwrap_or_default(),
                    hash: hash__.unwrap_or_default(),
                    store_time: store_time__,
                    degraded: degraded__.unwrap_or_default(),
                    draining: draining__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("switchboard.v1.WhereResponse", FIELDS, GeneratedVisitor)
    }
}
